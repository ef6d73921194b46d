#include "db/dataset/report.h"

#include <vector>

#include "db/format/artifact.h"

namespace funcorr {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPictures = "images";

}  // namespace

fs::path report_page_path(const Workspace& workspace) { return workspace.report() / "index.html"; }

fs::path paper_page_path(const Workspace& workspace) { return workspace.eval() / "paper" / "index.html"; }
fs::path paper_table_path(const Workspace& workspace, const std::string& extension) {
  return paper_page_path(workspace).parent_path() / ("table." + extension);
}

PictureFolder::PictureFolder(const fs::path& page) : folder_(page.parent_path() / kPictures) {}

std::string PictureFolder::save(const std::string& name, const Image8& picture) {
  const std::string file = encode_file_name(name) + ".png";
  write_artifact(folder_ / file, [&](const fs::path& temporary) { save_png(temporary, picture); });
  saved_.insert(file);
  std::string address = std::string(kPictures) + "/";
  for (const char c : file) address += c == '%' ? "%25" : std::string(1, c);  // a browser reads "%2F" as "/"
  return address;
}

void PictureFolder::remove_others() const {
  if (!fs::is_directory(folder_)) return;
  std::vector<fs::path> others;
  for (const auto& entry : fs::directory_iterator(folder_))
    if (!saved_.contains(entry.path().filename().string())) others.push_back(entry.path());
  for (const fs::path& file : others) fs::remove(file);
}

}  // namespace funcorr
