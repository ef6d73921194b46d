#include "db/manifest/filesystem.h"

#include <array>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/statfs.h>

namespace funcorr {
namespace {

constexpr std::uint64_t kFuseMagic = 0x65735546;

// f_type of statfs(2), <linux/magic.h> and the filesystems' own sources.
constexpr std::array<std::pair<std::uint64_t, std::string_view>, 17> kNetworkMagics{{
    {0x6969, "nfs"},
    {0x517B, "smb"},
    {0xFF534D42, "cifs"},
    {0xFE534D42, "smb2"},
    {0x01021997, "9p"},
    {0x0BD00BD0, "lustre"},
    {0x47504653, "gpfs"},
    {0x00C36400, "ceph"},
    {0x19830326, "beegfs"},
    {0x5346414F, "afs"},
    {0x6B414653, "kafs"},
    {0x73757245, "coda"},
    {0x564C, "ncpfs"},
    {0x7461636F, "ocfs2"},
    {0x01161970, "gfs2"},
    {0xAAD7AAEA, "panfs"},
    {0x786F4256, "vboxsf"},
}};

constexpr std::array<std::string_view, 13> kNetworkFuseTypes{
    "fuse.sshfs",     "fuse.glusterfs",  "fuse.ceph-fuse", "fuse.rclone",  "fuse.s3fs",
    "fuse.gcsfuse",   "fuse.davfs2",     "fuse.mount-s3",  "fuse.juicefs", "fuse.JuiceFS",
    "fuse.curlftpfs", "fuse.gvfsd-fuse", "fuse.moosefs"};

std::string unescape_mountinfo(const std::string& text) {  // "\040" is a space
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      result += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool contains(const std::string& mount_point, const std::string& path) {
  if (mount_point == "/") return true;
  return path.compare(0, mount_point.size(), mount_point) == 0 &&
         (path.size() == mount_point.size() || path[mount_point.size()] == '/');
}

// Type of the deepest mount that holds `path`; later lines of mountinfo cover earlier ones.
std::string mount_type_of(const std::filesystem::path& path) {
  std::ifstream mounts("/proc/self/mountinfo");
  std::string line, best_type;
  std::size_t best_length = 0;
  while (std::getline(mounts, line)) {
    std::istringstream fields(line);
    std::string field, mount_point;
    for (int i = 0; i < 5 && fields >> field; ++i) mount_point = field;
    mount_point = unescape_mountinfo(mount_point);
    while (fields >> field && field != "-") {
    }
    std::string type;
    fields >> type;
    if (!contains(mount_point, path.string()) || mount_point.size() < best_length) continue;
    best_length = mount_point.size();
    best_type = type;
  }
  return best_type;
}

}  // namespace

std::string classify_network_filesystem(std::uint64_t magic, const std::string& mount_type) {
  for (const auto& [number, name] : kNetworkMagics) {
    if (number == magic) return std::string(name);
  }
  if (magic == kFuseMagic) {
    for (const std::string_view type : kNetworkFuseTypes) {
      if (type == mount_type) return mount_type;
    }
  }
  return {};
}

std::string network_filesystem_of(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path existing = std::filesystem::weakly_canonical(path, error);
  if (error) existing = std::filesystem::absolute(path);
  while (!std::filesystem::exists(existing, error) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  struct statfs info {};
  if (statfs(existing.c_str(), &info) != 0) return {};
  const auto magic = static_cast<std::uint64_t>(static_cast<std::uint32_t>(info.f_type));
  return classify_network_filesystem(magic, magic == kFuseMagic ? mount_type_of(existing) : std::string());
}

}  // namespace funcorr
