#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "db/dataset/workspace.h"
#include "db/format/image.h"

namespace funcorr {

// W/report: index.html, one page that needs nothing but the pictures beside it.
std::filesystem::path report_page_path(const Workspace& workspace);

// W/eval/paper: a page likewise, and its numbers as table.csv and table.json.
std::filesystem::path paper_page_path(const Workspace& workspace);
std::filesystem::path paper_table_path(const Workspace& workspace, const std::string& extension);

// The pictures of a page, in the folder images beside it.
class PictureFolder {
 public:
  explicit PictureFolder(const std::filesystem::path& page);
  // Returns the picture's address as the page needs it: "images/<name>.png".
  std::string save(const std::string& name, const Image8& picture);
  // Removes pictures of an earlier page that this one did not save.
  void remove_others() const;

 private:
  std::filesystem::path folder_;
  std::set<std::string> saved_;
};

}  // namespace funcorr
