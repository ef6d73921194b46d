#include <cstdio>
#include <fstream>
#include <system_error>
#include <thread>

#include <torch/cuda.h>
#include <unistd.h>

#include "db/manifest/filesystem.h"
#include "db/manifest/manifest.h"
#include "pipeline/driver/doctor/finding.h"
#include "pipeline/sandbox.h"
#include "pipeline/stage.h"

namespace funcorr {
namespace {

constexpr double kGigabyte = 1e9;
constexpr double kLittleDisk = 10 * kGigabyte;

std::string gigabytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GB", bytes / kGigabyte);
  return text;
}

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

Finding cpu_features() {
  Finding finding{"machine", "CPU features", {}, Finding::Level::kFine, {}};
#if defined(__x86_64__) || defined(__i386__)
  const auto add = [&](bool present, const char* name) {
    if (!present) return;
    if (!finding.value.empty()) finding.value += ' ';
    finding.value += name;
  };
  add(__builtin_cpu_supports("sse4.2") != 0, "SSE4.2");
  add(__builtin_cpu_supports("avx2") != 0, "AVX2");
  add(__builtin_cpu_supports("fma") != 0, "FMA");
  add(__builtin_cpu_supports("avx512f") != 0, "AVX-512");
  if (__builtin_cpu_supports("avx2") == 0) {
    finding.level = Finding::Level::kNote;
    finding.remedy = "no AVX2: ray tracing and LibTorch run several times slower here";
  }
#else
  finding.value = "not x86";
#endif
  return finding;
}

Finding memory() {
  const double total =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  const double free =
      static_cast<double>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  return {
      "machine", "memory", gigabytes(total) + ", " + gigabytes(free) + " unused", Finding::Level::kFine, {}};
}

Finding gpu() {
  Finding finding{"machine", "GPU", {}, Finding::Level::kNote, {}};
  if (torch::cuda::is_available()) {
    finding.value = std::to_string(torch::cuda::device_count()) + " CUDA device(s)";
    finding.level = Finding::Level::kFine;
    return finding;
  }
  const bool driver = std::filesystem::exists("/proc/driver/nvidia/version");
  const bool device = std::filesystem::exists("/dev/nvidia0");
  if (!driver && !device) {
    finding.value = "none: no NVIDIA driver on this machine; training runs on the CPU";
  } else if (!device) {
    finding.value =
        "none: the NVIDIA driver is loaded but there is no /dev/nvidia0; training runs on the CPU";
    finding.remedy = "in a container, start it with --gpus all";
  } else {
    finding.value =
        "not used: /dev/nvidia0 is there, but this LibTorch was built without CUDA or cannot use it";
    finding.remedy = "build with a CUDA LibTorch: cmake -DCMAKE_PREFIX_PATH=/path/to/libtorch";
  }
  return finding;
}

Finding free_disk(const std::filesystem::path& existing) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(existing, error);
  if (error) return {"workspace", "free disk", error.message(), Finding::Level::kWarning, {}};
  Finding finding{
      "workspace", "free disk", gigabytes(static_cast<double>(space.available)), Finding::Level::kFine, {}};
  if (static_cast<double>(space.available) < kLittleDisk) {
    finding.level = Finding::Level::kWarning;
    finding.remedy = "free some: an asset takes about 20 MB with the paper's views";
  }
  return finding;
}

Finding manifest_state(const Workspace& workspace) {
  if (!std::filesystem::exists(workspace.manifest())) {
    return {"workspace", "manifest", "none yet", Finding::Level::kNote,
            "the first stage makes it: funcorr catalog"};
  }
  try {
    Manifest::Options options;
    options.read_only = true;
    options.allow_network_filesystem = true;
    const Manifest manifest(workspace.manifest(), options);
    return {"workspace",
            "manifest",
            "schema " + std::to_string(manifest.schema_version()),
            Finding::Level::kFine,
            {}};
  } catch (const ManifestError& error) {
    return {"workspace", "manifest", error.what(), Finding::Level::kWarning, {}};
  }
}

Finding isolation() {
  Finding finding{"machine", "isolation", "workers are " + landlock_status(), Finding::Level::kFine, {}};
  if (landlock_abi() == 0) {
    finding.level = Finding::Level::kNote;
    finding.remedy =
        "without it, only funcorr's own checks keep an asset from naming files outside its folder";
  }
  return finding;
}

}  // namespace

std::vector<Finding> examine_machine() {
  return {{"machine",
           "CPU",
           cpu_model() + ", " + std::to_string(std::thread::hardware_concurrency()) + " threads",
           Finding::Level::kFine,
           {}},
          cpu_features(),
          memory(),
          gpu(),
          isolation()};
}

std::vector<Finding> examine_workspace(const std::filesystem::path& folder) {
  const Workspace workspace{folder};
  std::error_code error;
  std::filesystem::path existing = std::filesystem::absolute(folder);
  while (!std::filesystem::exists(existing, error) && existing.has_relative_path())
    existing = existing.parent_path();

  std::vector<Finding> findings;
  const bool there = std::filesystem::is_directory(folder, error);
  findings.push_back({"workspace", "folder",
                      there ? std::filesystem::absolute(folder).lexically_normal().string()
                            : folder.string() + " does not exist",
                      there ? Finding::Level::kFine : Finding::Level::kNote,
                      there ? "" : "funcorr init " + folder.string()});
  if (access(existing.c_str(), W_OK) != 0) {
    findings.push_back({"workspace", "rights", existing.string() + " cannot be written",
                        Finding::Level::kWarning,
                        "chmod u+w " + existing.string() + ", or choose another workspace with -w"});
  }
  findings.push_back(free_disk(existing));
  const std::string network = network_filesystem_of(existing);
  findings.push_back(
      {"workspace", "filesystem", network.empty() ? "local" : network + " (network)",
       network.empty() ? Finding::Level::kFine : Finding::Level::kWarning,
       network.empty() ? "" : "put the workspace on a local disk: SQLite's WAL does not work here"});
  findings.push_back(manifest_state(workspace));
  return findings;
}

}  // namespace funcorr
