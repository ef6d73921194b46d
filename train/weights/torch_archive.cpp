#include "train/weights/torch_archive.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "db/format/zip.h"
#include "train/weights/pickle.h"

namespace funcorr {
namespace {

constexpr std::size_t kLargestPickle = 64 << 20;
constexpr std::int64_t kLegacyVersion = 1001;
constexpr int kDeepestNesting = 64;
constexpr std::size_t kMostMembers = 1'000'000, kLongestName = 1024, kLongestNames = 64 << 20;
constexpr std::int64_t kMostOfEmpty = std::int64_t{1} << 31;  // product of the other sides

using Members = std::map<std::string, std::span<const std::byte>>;

// Walks the pickled containers and makes a view of every tensor in them.
class TensorCollector {
 public:
  TensorCollector(const Members& members, const std::string& folder, const std::string& file)
      : members_(members), folder_(folder), file_(file) {}

  void visit(const PickleValue& value, const std::string& name, int depth) {
    names_ += name.size();  // a container may stand in itself, or in others often
    if (depth > kDeepestNesting || ++visited_ > kMostMembers || name.size() > kLongestName ||
        names_ > kLongestNames)
      fail("the pickled containers are circular, too deep or too many");
    const auto child = [&](const std::string& key) { return name.empty() ? key : name + "." + key; };
    if (const auto* tensor = std::get_if<PickleTensor>(&value.data)) {
      tensors_.insert_or_assign(name, view_of(*tensor, name));
    } else if (const auto* sequence = std::get_if<PickleSequence>(&value.data)) {
      for (std::size_t i = 0; i < sequence->items.size(); ++i)
        visit(*sequence->items[i], child(std::to_string(i)), depth + 1);
    } else if (const auto* dict = std::get_if<PickleDict>(&value.data)) {
      for (const auto& [key, member] : dict->items) visit(*member, child(text_of(*key)), depth + 1);
    }
  }

  std::map<std::string, StridedView> take() { return std::move(tensors_); }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw std::runtime_error(file_ + ": " + what); }

  std::string text_of(const PickleValue& key) const {
    if (const auto* text = std::get_if<std::string>(&key.data)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&key.data)) return std::to_string(*number);
    fail("a dict's key is neither text nor integer");
  }

  StridedView view_of(const PickleTensor& tensor, const std::string& name) const {
    const auto unfit = [&](const char* what) { fail("tensor \"" + name + "\" " + what); };
    const auto member = members_.find(folder_ + "data/" + tensor.storage.key);
    if (member == members_.end()) unfit("has no storage in the archive");
    const std::span<const std::byte> storage = member->second;
    const auto item = static_cast<std::int64_t>(size_of(tensor.storage.type));
    const auto held = static_cast<std::int64_t>(storage.size()) / item;
    if (tensor.storage.elements < 0 || tensor.storage.elements > held)
      unfit("has a storage that is shorter than it says");
    if (tensor.offset < 0 || tensor.offset > held) unfit("begins beyond its storage");

    // Elements, and the last one's place, step by step within what the storage holds.
    const bool is_empty = std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end();
    const std::int64_t most = is_empty ? kMostOfEmpty : held;
    std::int64_t elements = 1, last = tensor.offset;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      const std::int64_t side = tensor.shape[i], stride = tensor.strides[i];
      if (side < 0 || stride < 0) unfit("has a negative side or stride");
      if (side <= 1) continue;
      if (elements > most / side) unfit("has more elements than its storage");
      elements *= side;
      if (is_empty) continue;
      if (stride > 0 && side - 1 > (held - last) / stride) unfit("reaches beyond its storage");
      last += (side - 1) * stride;
    }
    if (!is_empty && last >= held) unfit("reaches beyond its storage");
    const std::int64_t reach = is_empty ? 0 : last + 1 - tensor.offset;
    return {tensor.storage.type, tensor.shape, tensor.strides,
            storage.subspan(static_cast<std::size_t>(tensor.offset * item),
                            static_cast<std::size_t>(reach * item))};
  }

  const Members& members_;
  std::string folder_;
  const std::string& file_;
  std::size_t visited_ = 0, names_ = 0;  // members, and the bytes of their names
  std::map<std::string, StridedView> tensors_;
};

// The archive's members stand in one folder, of any name: "epoch_0100/data.pkl".
std::string folder_of_pickle(const Members& members, const std::string& file) {
  constexpr std::string_view kPickle = "data.pkl";
  for (const auto& [name, bytes] : members)
    if (name.ends_with(kPickle) && std::count(name.begin(), name.end(), '/') <= 1 &&
        (name.size() == kPickle.size() || name[name.size() - kPickle.size() - 1] == '/'))
      return name.substr(0, name.size() - kPickle.size());
  throw std::runtime_error(file + ": the archive holds no data.pkl; it is no PyTorch file");
}

bool is_zip(std::span<const std::byte> bytes) {
  constexpr std::string_view kStart = "PK\x03\x04";
  return bytes.size() >= kStart.size() && std::memcmp(bytes.data(), kStart.data(), kStart.size()) == 0;
}

using Tensors = std::map<std::string, StridedView>;

Tensors tensors_of_zip(std::span<const std::byte> bytes, const std::string& file) {
  const Members members = ZipArchive(bytes, file).stored_members();
  const std::string folder = folder_of_pickle(members, file);
  const std::span<const std::byte> pickle = members.at(folder + "data.pkl");
  if (pickle.size() > kLargestPickle) throw std::runtime_error(file + ": data.pkl is larger than 64 MB");
  const PickleDocument document =
      read_pickle(pickle, file, {.script_classes = members.contains(folder + "constants.pkl")});
  TensorCollector collector(members, folder, file);
  collector.visit(*document.root, "", 0);
  return collector.take();
}

// Where the pickle of the number ends that a file of before PyTorch 1.6 begins with; 0 in other files.
std::size_t end_of_legacy_start(std::span<const std::byte> bytes) {
  constexpr std::string_view kStart = "\x80", kNumber = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  constexpr std::size_t kLongestProlog = 11;  // of protocol 4: with the length of a frame
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), kLongestProlog + kNumber.size()));
  const std::size_t at = text.find(kNumber);
  return text.starts_with(kStart) && at != std::string_view::npos ? at + kNumber.size() : 0;
}

// Pickles one after the other: that number, the format's version, facts of the machine, the object, the keys
// of its storages; then the storages in the keys' order, each behind its number of elements
// (torch/serialization.py, _legacy_save).
Tensors tensors_of_legacy(std::span<const std::byte> bytes, const std::string& file) {
  const auto fail = [&](const std::string& what) { throw std::runtime_error(file + ": " + what); };
  std::size_t at = end_of_legacy_start(bytes);
  const auto next_pickle = [&] {
    const auto rest = bytes.subspan(at);
    PickleDocument document = read_pickle(rest.first(std::min(rest.size(), kLargestPickle)), file);
    at += document.bytes_read;
    return document;
  };
  const PickleDocument version = next_pickle(), machine = next_pickle(), object = next_pickle(),
                       keys = next_pickle();
  const auto* number = std::get_if<std::int64_t>(&version.root->data);
  if (!number || *number != kLegacyVersion) fail("is of an unknown version of PyTorch's format");
  if (const auto* facts = std::get_if<PickleDict>(&machine.root->data))
    for (const auto& [key, value] : facts->items) {
      const auto* fact = std::get_if<std::string>(&key->data);
      const auto* holds = std::get_if<bool>(&value->data);
      if (fact && *fact == "little_endian" && holds && !*holds)
        fail("was written by a machine that stores the high byte first");
    }

  std::map<std::string_view, TensorType> types;
  for (const PickleValue& value : object.values)
    if (const auto* storage = std::get_if<PickleStorage>(&value.data))
      types.emplace(storage->key, storage->type);
  const auto* listed = std::get_if<PickleSequence>(&keys.root->data);
  if (!listed) fail("has no list of its storages");
  Members members;
  for (const PickleRef key : listed->items) {
    const auto* name = std::get_if<std::string>(&key->data);
    const auto type = name ? types.find(*name) : types.end();
    if (type == types.end()) fail("lists a storage that no tensor has");
    std::int64_t elements = 0;
    if (bytes.size() - at < sizeof elements) fail("is cut short");
    std::memcpy(&elements, bytes.data() + at, sizeof elements);
    at += sizeof elements;
    const std::size_t item = size_of(type->second);
    if (elements < 0 || static_cast<std::uint64_t>(elements) > (bytes.size() - at) / item)
      fail("is cut short");
    const std::size_t length = static_cast<std::size_t>(elements) * item;
    members.insert_or_assign("data/" + *name, bytes.subspan(at, length));
    at += length;
  }
  TensorCollector collector(members, "", file);
  collector.visit(*object.root, "", 0);
  return collector.take();
}

}  // namespace

bool StridedView::is_contiguous() const {
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

bool is_torch_file(std::span<const std::byte> bytes) {
  return is_zip(bytes) || end_of_legacy_start(bytes) > 0;
}

TorchArchive::TorchArchive(const std::filesystem::path& file) : mapping_(file) {
  const std::span<const std::byte> bytes = mapping_.bytes();
  if (!is_torch_file(bytes)) throw std::runtime_error(file.string() + ": is no file of PyTorch");
  tensors_ = is_zip(bytes) ? tensors_of_zip(bytes, file.string()) : tensors_of_legacy(bytes, file.string());
}

}  // namespace funcorr
