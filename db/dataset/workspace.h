#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace funcorr {

// A text as one name of a file: letters, digits, '-', '_', ' ' and '.' stay, everything else (and a leading
// '.') becomes %XX. Different texts get different names.
std::string encode_file_name(const std::string& name);

// The folders of a workspace, and the files that lie right in them. What lies in the folder of an asset, of
// a run or of the report, and how it is read and written, stands in the header of its kind beside this one.
struct Workspace {
  std::filesystem::path root;
  std::filesystem::path manifest() const { return root / "manifest.sqlite"; }
  std::filesystem::path config() const { return root / "funcorr.toml"; }
  std::filesystem::path asset(const std::string& uid) const;  // assets/ab/<uid>
  std::filesystem::path shards() const { return root / "train" / "shards"; }
  std::filesystem::path shard(const std::string& uid) const;  // train/shards/ab/<uid>.safetensors
  std::filesystem::path features() const { return root / "train" / "features"; }
  std::filesystem::path features(const std::string& uid) const;  // train/features/ab/<uid>.safetensors
  std::filesystem::path run(const std::string& name) const { return root / "train" / "runs" / name; }
  std::filesystem::path eval() const { return root / "eval"; }
  std::filesystem::path report() const { return root / "report"; }
  // What the last run of a stage was made with: every option and where its value came from.
  std::filesystem::path options(const std::string& stage) const {
    return root / "options" / (stage + ".toml");
  }
};

// Removes the .safetensors of train/shards or train/features whose uid `keep` refuses.
void remove_surplus_assets(const std::filesystem::path& folder,
                           const std::function<bool(const std::string& uid)>& keep);

}  // namespace funcorr
