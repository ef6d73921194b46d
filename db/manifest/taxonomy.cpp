#include "db/manifest/taxonomy.h"

#include "db/manifest/connection.h"

namespace funcorr {
namespace {

std::vector<std::string> first_column(Query& query) {
  std::vector<std::string> values;
  while (query.step()) values.push_back(query.text(0));
  return values;
}

void ensure_function(Manifest& manifest, const std::string& name) {
  Query(manifest, "INSERT OR IGNORE INTO function (name) VALUES (?)", name).run();
}

}  // namespace

void upsert_function(Manifest& manifest, const std::string& name, const std::string& description) {
  Query(manifest,
        "INSERT INTO function (name, description) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET description = excluded.description",
        name, description)
      .run();
}

void replace_category(Manifest& manifest, const std::string& category,
                      const std::vector<std::string>& functions, const std::vector<Part>& parts) {
  WriteScope scope(manifest);
  Query(manifest, "INSERT OR IGNORE INTO category (name) VALUES (?)", category).run();
  Query(manifest, "DELETE FROM category_function WHERE category = ?", category).run();
  Query(manifest, "DELETE FROM part WHERE category = ?", category).run();
  for (const std::string& function : functions) {
    ensure_function(manifest, function);
    Query(manifest, "INSERT OR IGNORE INTO category_function (category, function) VALUES (?, ?)", category,
          function)
        .run();
  }
  for (const Part& part : parts) {
    Query(manifest,
          "INSERT INTO part (category, name, description, is_small, is_edge) VALUES (?, ?, ?, ?, ?)",
          category, part.name, part.description, part.is_small, part.is_edge)
        .run();
    for (const std::string& function : part.functions) {
      ensure_function(manifest, function);
      Query(manifest, "INSERT OR IGNORE INTO part_function (category, part, function) VALUES (?, ?, ?)",
            category, part.name, function)
          .run();
    }
  }
  scope.commit();
}

std::vector<std::string> all_functions(Manifest& manifest) {
  Query query(manifest, "SELECT name FROM function ORDER BY name");
  return first_column(query);
}

std::vector<std::string> all_categories(Manifest& manifest) {
  Query query(manifest, "SELECT name FROM category ORDER BY name");
  return first_column(query);
}

std::vector<Part> parts_of_category(Manifest& manifest, const std::string& category) {
  std::vector<Part> parts;
  Query query(manifest,
              "SELECT name, description, is_small, is_edge FROM part WHERE category = ? ORDER BY name",
              category);
  while (query.step()) {
    parts.push_back(
        {category, query.text(0), query.text(1), query.integer(2) != 0, query.integer(3) != 0, {}});
  }
  for (Part& part : parts) {
    Query links(manifest,
                "SELECT function FROM part_function WHERE category = ? AND part = ? ORDER BY function",
                category, part.name);
    part.functions = first_column(links);
  }
  return parts;
}

std::vector<std::string> functions_of_category(Manifest& manifest, const std::string& category) {
  Query query(manifest, "SELECT function FROM category_function WHERE category = ? ORDER BY function",
              category);
  return first_column(query);
}

}  // namespace funcorr
