// Readers of weight files: round trips, refusals, and damaged files by the thousand.
#include <cstring>

#include <sys/resource.h>

#include "db/format/file.h"
#include "db/format/random.h"
#include "db/format/zip.h"
#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/temporary_folder.h"
#include "train/weights/pickle.h"
#include "train/weights/state_dict.h"
#include "train/weights/torch_archive.h"

using namespace funcorr;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::string_view text) {
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

template <typename T>
void put(std::string& text, T value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

// A ZIP archive as PyTorch writes it (but checksums are zero: they are not looked at).
std::string stored_zip(const std::vector<std::pair<std::string, std::string>>& members,
                       std::uint16_t method = 0) {
  std::string archive, directory;
  const auto put_entry = [method](std::string& to, const std::string& name, const std::string& data) {
    put(to, std::uint32_t{0});  // version, flags
    put(to, method);
    put(to, std::uint64_t{0});  // time, date, checksum
    put(to, static_cast<std::uint32_t>(data.size()));
    put(to, static_cast<std::uint32_t>(data.size()));
    put(to, static_cast<std::uint32_t>(name.size()));  // and no extra field
  };
  for (const auto& [name, data] : members) {
    put(directory, std::uint32_t{0x02014b50});
    put(directory, std::uint16_t{0});
    put_entry(directory, name, data);
    directory.append(10, '\0');
    put(directory, static_cast<std::uint32_t>(archive.size()));
    directory += name;
    put(archive, std::uint32_t{0x04034b50});
    put_entry(archive, name, data);
    archive += name + data;
  }
  const auto start = static_cast<std::uint32_t>(archive.size()),
             count = static_cast<std::uint32_t>(members.size());
  archive += directory;
  put(archive, std::uint32_t{0x06054b50});
  put(archive, std::uint32_t{0});
  put(archive, count << 16 | count);
  put(archive, static_cast<std::uint32_t>(directory.size()));
  put(archive, start);
  put(archive, std::uint16_t{0});
  return archive;
}

// Pickle of {"t": tensor} with the given storage and window.
std::string tensor_pickle(int elements, int offset, const std::vector<int>& shape,
                          const std::vector<int>& strides) {
  const auto integer = [](int value) {
    std::string text = "J";
    put(text, std::int32_t{value});
    return text;
  };
  const auto tuple = [&](const std::vector<int>& values) {
    std::string text(1, '(');
    for (const int value : values) text += integer(value);
    text.push_back('t');
    return text;
  };
  const auto string = [](const std::string& value) {
    std::string text(1, '\x8c');
    text.push_back(static_cast<char>(value.size()));
    return text.append(value);
  };
  std::string pickle("\x80\x02}");
  for (const std::string& piece :
       {string("t"), std::string("ctorch._utils\n_rebuild_tensor_v2\n(("), string("storage"),
        std::string("ctorch\nFloatStorage\n"), string("0"), string("cpu"), integer(elements),
        std::string("tQ"), integer(offset), tuple(shape), tuple(strides), std::string("\x89}tRs.")})
    pickle += piece;
  return pickle;
}

fs::path write_archive(const tests::TemporaryFolder& folder, const std::string& pickle, std::size_t floats) {
  std::string data;
  for (std::size_t i = 0; i < floats; ++i) put(data, static_cast<float>(i));
  return folder.write("w.pth", stored_zip({{"w/data.pkl", pickle}, {"w/data/0", data}}));
}

std::string refusal(const Bytes& pickle, bool script = false) {
  try {
    read_pickle(pickle, "p", {.script_classes = script});
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

long peak_memory_kb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// Reads a mutated copy of a file again and again: nothing but std::runtime_error may come of it.
template <typename Read>
void fuzz(const fs::path& original, std::size_t mutable_bytes, int rounds, const Read& read) {
  const tests::TemporaryFolder folder;
  const Bytes clean = read_file_bytes(original);
  const fs::path file = folder / ("fuzzed" + original.extension().string());
  const long before = peak_memory_kb();
  Random random(17);
  int refused = 0;
  for (int round = 0; round < rounds; ++round) {
    Bytes bytes = clean;
    const std::size_t span = std::min(mutable_bytes, bytes.size());
    for (std::uint64_t change = 0; change <= random.below(4); ++change) {
      // Half of the changes at the end, where a ZIP archive has its directory.
      const std::size_t at = static_cast<std::size_t>(random.below(span));
      const std::size_t place = random.below(2) == 0 ? at : bytes.size() - 1 - at;
      bytes[place] = random.below(3) == 0 ? std::byte{0xff} : static_cast<std::byte>(random.below(256));
    }
    if (random.below(8) == 0) bytes.resize(static_cast<std::size_t>(random.below(bytes.size() + 1)));
    write_file_bytes(file, bytes);
    try {
      read(file);
    } catch (const std::runtime_error& error) {
      REQUIRE(std::string(error.what()).find(file.string()) == 0);
      ++refused;
    }
  }
  CHECK(refused > rounds / 20);
  CHECK(peak_memory_kb() - before < 400 * 1024);
}

}  // namespace

TEST_CASE("tensors of an archive: contiguous, transposed, offset, empty and scalar") {
  const tests::TemporaryFolder folder;
  const auto read = [&](int offset, const std::vector<int>& shape, const std::vector<int>& strides) {
    return load_state_dict(write_archive(folder, tensor_pickle(12, offset, shape, strides), 12)).at("t");
  };
  CHECK(torch::equal(read(0, {3, 4}, {4, 1}), torch::arange(12.0F).view({3, 4})));
  CHECK(torch::equal(read(0, {4, 3}, {1, 4}), torch::arange(12.0F).view({3, 4}).t()));
  CHECK(torch::equal(read(5, {2, 2}, {4, 2}), torch::tensor({{5.F, 7.F}, {9.F, 11.F}})));
  CHECK(read(0, {0, 7}, {7, 1}).sizes() == torch::IntArrayRef({0, 7}));
  CHECK(read(11, {}, {}).item<float>() == 11.F);
}

TEST_CASE("a tensor that reaches beyond its storage, or repeats its elements, is refused by its name") {
  const tests::TemporaryFolder folder;
  const auto load = [&](const std::string& pickle) {
    return load_state_dict(write_archive(folder, pickle, 12));
  };
  const auto names = ContainsSubstring("tensor \"t\"");
  CHECK_THROWS_WITH(load(tensor_pickle(12, 1, {3, 4}, {4, 1})),
                    names && ContainsSubstring("beyond its storage"));
  CHECK_THROWS_WITH(load(tensor_pickle(13, 0, {13}, {1})),
                    names && ContainsSubstring("shorter than it says"));
  CHECK_THROWS_WITH(load(tensor_pickle(12, -1, {2}, {1})), names);
  CHECK_THROWS_WITH(load(tensor_pickle(12, 0, {-2}, {1})), names);
  CHECK_THROWS_WITH(load(tensor_pickle(12, 0, {2}, {-1})), names);
  CHECK_THROWS_WITH(load(tensor_pickle(12, 0, {2000000000, 2000000000}, {0, 0})),
                    names && ContainsSubstring("more elements"));
  CHECK_THROWS_WITH(load(tensor_pickle(12, 0, {0, 2000000000, 2000000000}, {0, 0, 0})), names);
  CHECK_THROWS_WITH(load(tensor_pickle(12, 12, {1}, {1})), names);
}

TEST_CASE("classes, functions and operations beyond tensors and containers are refused by name") {
  CHECK_THAT(refusal(bytes_of("cos\nsystem\n(\x8c\x04touchtR.")), ContainsSubstring("os.system"));
  CHECK_THAT(refusal(bytes_of("\x80\x04\x8c\x08"
                              "builtins\x8c\x04"
                              "eval\x93.")),
             ContainsSubstring("builtins.eval"));
  CHECK_THAT(refusal(bytes_of("c__torch__.Model\nM\n)\x81.")), ContainsSubstring("__torch__.Model"));
  CHECK(refusal(bytes_of("c__torch__.Model\nM\n)\x81}b."), true).empty());
  CHECK_THAT(refusal(bytes_of("ccollections\nOrderedDict\n(K\x01tR.")), ContainsSubstring("OrderedDict"));
  CHECK_THAT(refusal(bytes_of("(i__main__\nX\n.")), ContainsSubstring("0x69"));
  CHECK_THAT(refusal(bytes_of("\x80\x09.")), ContainsSubstring("protocol 9"));
  for (const char* cut : {"", "}", "(",
                          ("\x8c\x10"
                           "abc"),
                          "cos", "}K\x01s.", "t.", "h\x05.", "R."})
    CHECK_FALSE(refusal(bytes_of(cut)).empty());
  CHECK(refusal(bytes_of("\x80\x02}(\x8c\x01"
                         "a]K\x01"
                         "a\x8c\x01"
                         "bNu."))
            .empty());
}

TEST_CASE("what is pickled comes back: numbers, texts, nested containers and shared values") {
  using namespace std::string_view_literals;
  const PickleDocument document = read_pickle(
      bytes_of("\x80\x02}q\x00("
               "\x8c\x01nJ\xfe\xff\xff\xff\x8c\x01lM\x00\x01\x8c\x01gG\x3f\xf8\x00\x00\x00\x00\x00\x00"
               "\x8c\x01i\x8a\x02\x00\xff\x8c\x01t\x88N\x86u."sv),
      "p");
  const auto& items = std::get<PickleDict>(document.root->data).items;
  REQUIRE(items.size() == 5);
  CHECK(std::get<std::int64_t>(items[0].second->data) == -2);
  CHECK(std::get<std::int64_t>(items[1].second->data) == 256);
  CHECK(std::get<double>(items[2].second->data) == 1.5);
  CHECK(std::get<std::int64_t>(items[3].second->data) == -256);
  CHECK(std::get<PickleSequence>(items[4].second->data).items.size() == 2);
}

TEST_CASE("containers that hold themselves, or share without end, end in an error, quickly") {
  const tests::TemporaryFolder folder;
  const auto load = [&](const std::string& pickle) {
    return load_state_dict(write_archive(folder, pickle, 1));
  };
  const auto refused = ContainsSubstring("circular, too deep or too many");
  CHECK_THROWS_WITH(load(std::string("\x80\x02}q\x00\x8c\x01"
                                     "ch\x00s.",
                                     12)),
                    refused);
  // l0 = [], l1 = [l0, l0] … l40 = [l39, l39]: 2⁴⁰ paths.
  std::string doubling("]q\x00", 3);
  for (char i = 0; i < 40; ++i)
    for (const char operation : {']', '(', 'h', i, 'h', i, 'e', 'q', static_cast<char>(i + 1)})
      doubling.push_back(operation);
  doubling.push_back('.');
  CHECK_THROWS_WITH(load(doubling), refused);
  // One large state built into many objects.
  std::string shared = "}(";
  for (int i = 0; i < 1000; ++i) shared += "K\x01N";
  shared += std::string("uq\x00", 3);
  for (int i = 0; i < 1000; ++i)
    shared += std::string(
        "c__torch__.M\nM\n)\x81h\x00"
        "b",
        20);
  shared.push_back('.');
  CHECK_THAT(refusal(bytes_of(shared), true), ContainsSubstring("share their attributes"));
}

TEST_CASE("archives without a directory, with members outside of it, or twice of one name are refused") {
  const auto list = [](std::string_view archive) {
    return ZipArchive(bytes_of(archive), "a").stored_members();
  };
  const std::string good = stored_zip({{"x", "12345"}, {"y/z", ""}});
  REQUIRE(list(good).size() == 2);
  CHECK(list(good).at("x").size() == 5);
  for (std::size_t length = 0; length < good.size(); ++length)
    CHECK_THROWS_AS(list(good.substr(0, length)), std::runtime_error);
  CHECK_THROWS_WITH(list(stored_zip({{"x", "1"}, {"x", "2"}})), ContainsSubstring("two members"));
  CHECK(list(stored_zip({{"x", "12345"}}, 8)).empty());
}

TEST_CASE("files that are no weights are told so") {
  const tests::TemporaryFolder folder;
  CHECK_THROWS_WITH(load_state_dict(folder / "absent.pth"), ContainsSubstring("absent.pth"));
  CHECK_THROWS_WITH(load_state_dict(folder.path()), ContainsSubstring("regular file"));
  CHECK_THROWS_WITH(load_state_dict(folder.write("zip.pth", stored_zip({{"a/b", "c"}}))),
                    ContainsSubstring("data.pkl"));
  CHECK_THROWS_AS(load_state_dict(folder.write("text.pth", "hello, this is no weights file")),
                  std::runtime_error);
}

TEST_CASE("one file's weights hash alike in either layout, and any changed value changes the hash") {
  StateDict tensors{{"a", torch::arange(6.0F)}, {"b", torch::ones({2, 2})}};
  const std::string hash = content_hash(tensors);
  CHECK(content_hash(tensors) == hash);
  tensors["a"] = tensors["a"].clone();
  tensors["a"][5] = 5.0000005F;
  CHECK(content_hash(tensors) != hash);
  tensors["a"] = torch::arange(6.0F).view({2, 3});
  CHECK(content_hash(tensors) != hash);
}

TEST_CASE("mutated weight files end in an error that names them or load, in bounded memory") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path model = golden / "model";
  const auto archive = [](const fs::path& file) { TorchArchive{file}; };
  fuzz(model / "dinov2.pth", 12000, 1500, archive);
  fuzz(model / "dinov2_swiglu.pth", 12000, 1000, [](const fs::path& file) { load_state_dict(file); });
  fuzz(model / "dinov2_hf.safetensors", 8000, 500, [](const fs::path& file) { load_state_dict(file); });
}

TEST_CASE("mutated pickles of a TorchScript archive and of a checkpoint load or are refused") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  for (const char* name : {"clip_jit.pt", "epoch_0100.pt"}) {
    const Bytes archive = read_file_bytes(golden / "model" / name);
    const std::string folder = fs::path(name).stem().string();
    const auto pickle = ZipArchive(archive, name).stored_members().at(folder + "/data.pkl");
    Random random(23);
    const long before = peak_memory_kb();
    for (int round = 0; round < 4000; ++round) {
      Bytes bytes(pickle.begin(), pickle.end());
      for (std::uint64_t change = 0; change <= random.below(3); ++change)
        bytes[static_cast<std::size_t>(random.below(bytes.size()))] =
            static_cast<std::byte>(random.below(256));
      const std::string reason = refusal(bytes, true);
      REQUIRE((reason.empty() || reason.starts_with("p: ")));
    }
    CHECK(peak_memory_kb() - before < 200 * 1024);
  }
}
