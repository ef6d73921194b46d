# cmake -D FOLDER=db/manifest -D OUTPUT=schema.cpp -P EmbedSchema.cmake
# Writes OUTPUT: funcorr::embedded_migrations(), the numbered SQL files of FOLDER/migrations in order, and
# funcorr::embedded_views(), FOLDER/views.sql.
file(GLOB files ${FOLDER}/migrations/*.sql)
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
  if(sql MATCHES "(CREATE|DROP) VIEW")
    message(FATAL_ERROR "${file}: views stand in views.sql; a migration holds tables only")
  endif()
  string(APPEND entries "      {${number}, \"${name}\", R\"funcorr_sql(${sql})funcorr_sql\"},\n")
endforeach()
file(READ ${FOLDER}/views.sql views)
file(WRITE ${OUTPUT} "#include \"db/manifest/migration.h\"

namespace funcorr {

const std::vector<Migration>& embedded_migrations() {
  static const std::vector<Migration> migrations = {
${entries}  };
  return migrations;
}

std::string_view embedded_views() { return R\"funcorr_sql(${views})funcorr_sql\"; }

}  // namespace funcorr
")
