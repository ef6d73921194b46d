# cmake -D FOLDER=db/manifest/migrations -D OUTPUT=migrations.cpp -P EmbedMigrations.cmake
# Writes OUTPUT: funcorr::embedded_migrations(), the numbered SQL files of FOLDER in order.
file(GLOB files ${FOLDER}/*.sql)
list(SORT files)
set(entries "")
set(expected 1)
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  string(REGEX MATCH "^([0-9][0-9][0-9][0-9])_" number "${name}")
  string(REGEX REPLACE "^0+" "" number "${CMAKE_MATCH_1}")
  if(NOT number EQUAL expected)
    message(FATAL_ERROR "${file}: expected migration number ${expected}")
  endif()
  math(EXPR expected "${expected} + 1")
  file(READ ${file} sql)
  string(APPEND entries "      {${number}, \"${name}\", R\"funcorr_sql(${sql})funcorr_sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"db/manifest/migration.h\"

namespace funcorr {

const std::vector<Migration>& embedded_migrations() {
  static const std::vector<Migration> migrations = {
${entries}  };
  return migrations;
}

}  // namespace funcorr
")
