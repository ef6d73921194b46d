#include "pipeline/data_file.h"

#include <cstdlib>
#include <system_error>

#include "pipeline/options.h"

namespace funcorr {
namespace fs = std::filesystem;

fs::path executable_file() {
  std::error_code code;
  fs::path file = fs::read_symlink("/proc/self/exe", code);
  if (code)
    throw EnvironmentError("finding this program's file: /proc/self/exe: " + code.message() +
                           "; mount /proc");
  return file;
}

fs::path data_folder() {
  if (const char* set = std::getenv("FUNCORR_DATA"); set && *set) {
    if (fs::is_directory(set)) return set;
    throw EnvironmentError(std::string("FUNCORR_DATA=") + set +
                           ": no such folder; set it to funcorr's share/funcorr");
  }
  fs::path folder = executable_file().parent_path().parent_path() / "share" / "funcorr";
  if (fs::is_directory(folder)) return folder;
  throw EnvironmentError("funcorr's data files: no folder " + folder.string() +
                         "; install funcorr completely, or set FUNCORR_DATA to its share/funcorr");
}

fs::path data_file(const fs::path& name) {
  fs::path file = data_folder() / name;
  if (!fs::exists(file)) {
    throw EnvironmentError("data file " + file.string() +
                           ": there is none; install funcorr completely, or set "
                           "FUNCORR_DATA to a complete share/funcorr");
  }
  return file;
}

}  // namespace funcorr
