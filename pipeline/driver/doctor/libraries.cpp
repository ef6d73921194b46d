#include <OpenImageIO/imageio.h>
#include <assimp/version.h>
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <torch/cuda.h>
#include <torch/version.h>
#if __has_include(<embree4/rtcore.h>)
#include <embree4/rtcore.h>
#else
#include <embree3/rtcore.h>
#endif
#include <algorithm>
#include <fstream>
#include <set>

#include <oneapi/tbb/version.h>
#include <opencv2/core.hpp>

#include "pipeline/driver/doctor/finding.h"

namespace funcorr {
namespace {

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

// Equal where one is the beginning of the other: libraries print more or fewer numbers at run time.
Finding library(const std::string& name, const std::string& built, const std::string& running) {
  Finding finding{"libraries", name, built, Finding::Level::kFine, {}};
  if (running.rfind(built, 0) == 0 || built.rfind(running, 0) == 0) return finding;
  finding.value = "built with " + built + ", running with " + running;
  finding.level = Finding::Level::kNote;
  finding.remedy =
      "build funcorr again if it misbehaves: another version is installed than it was built with";
  return finding;
}

std::string embree_at_run_time() {
  RTCDevice device = rtcNewDevice(nullptr);
  if (device == nullptr) return "no device";
  const auto number = [&](RTCDeviceProperty property) {
    return static_cast<int>(rtcGetDeviceProperty(device, property));
  };
  std::string version =
      dotted(number(RTC_DEVICE_PROPERTY_VERSION_MAJOR), number(RTC_DEVICE_PROPERTY_VERSION_MINOR),
             number(RTC_DEVICE_PROPERTY_VERSION_PATCH));
  rtcReleaseDevice(device);
  return version;
}

std::string image_library_at_run_time() {
  const int version = OIIO::openimageio_version();  // 10000 major + 100 minor + patch
  return dotted(version / 10000, version / 100 % 100, version % 100);
}

std::string assimp_at_run_time() {
  return dotted(static_cast<int>(aiGetVersionMajor()), static_cast<int>(aiGetVersionMinor()),
                static_cast<int>(aiGetVersionPatch()));
}

}  // namespace

std::vector<Finding> examine_libraries() {
  // Assimp has no version macros and LibTorch no version function: one number each.
  return {
      library("SQLite", SQLITE_VERSION, sqlite3_libversion()),
      library("Embree", dotted(RTC_VERSION_MAJOR, RTC_VERSION_MINOR, RTC_VERSION_PATCH),
              embree_at_run_time()),
      library("OpenImageIO", dotted(OIIO_VERSION_MAJOR, OIIO_VERSION_MINOR, OIIO_VERSION_PATCH),
              image_library_at_run_time()),
      library("Assimp", assimp_at_run_time(), {}),
      library("libcurl", LIBCURL_VERSION, curl_version_info(CURLVERSION_NOW)->version),
      library("LibTorch", TORCH_VERSION, {}),
      library("TBB", dotted(TBB_VERSION_MAJOR, TBB_VERSION_MINOR, TBB_VERSION_PATCH), TBB_runtime_version()),
      library("OpenCV", CV_VERSION, cv::getVersionString()),
      library("OpenSSL", OPENSSL_VERSION_STR, OpenSSL_version(OPENSSL_VERSION_STRING)),
  };
}

// What is mapped into this process is what every stage that links LibTorch gets.
std::vector<Finding> examine_blas() {
  std::set<std::string> loaded;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t path = line.find('/');
    if (path == std::string::npos) continue;
    const std::string file = line.substr(path);
    const std::string name = std::filesystem::path(file).filename().string();
    for (const char* known :
         {"libblas.so", "libopenblas", "libmkl_rt", "libmkl_core", "libblis", "libatlas"}) {
      if (name.rfind(known, 0) == 0) loaded.insert(file);
    }
  }
  std::string files;
  for (const std::string& file : loaded) files += (files.empty() ? std::string() : std::string(", ")) + file;
  Finding finding{"libraries", "BLAS", files.empty() ? "none found" : files, Finding::Level::kFine, {}};
  const auto is_slow = [&](const std::string& why) {
    finding.level = Finding::Level::kWarning;
    finding.value += " (" + why + ")";
    finding.remedy = "apt install libopenblas0-openmp libopenblas0-pthread-";
  };
  // LibTorch calls libblas.so.3; another library may bring OpenBLAS along without serving these calls.
  const auto any = [&](const char* part) {
    return std::ranges::any_of(loaded,
                               [&](const auto& file) { return file.find(part) != std::string::npos; });
  };
  if (loaded.empty() || any("/blas/libblas.so"))
    is_slow("reference BLAS: LibTorch runs at a fraction of its speed");
  else if (any("/openblas-pthread/libblas.so"))
    is_slow(
        "its threads get in the way of LibTorch's, which are OpenMP's: small products take twice as long");
  return {finding};
}

}  // namespace funcorr
