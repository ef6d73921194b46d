// Weights as people have them: wrapped by training programs, in several files, of old PyTorch, or not there.
#include <cmath>
#include <limits>

#include "db/format/file.h"
#include "db/format/hash.h"
#include "db/format/random.h"
#include "db/format/zip.h"
#include "tests/catch.h"
#include "tests/db/dataset/shards.h"
#include "tests/temporary_folder.h"
#include "tests/train/small_run.h"
#include "train/backbone/dinov2.h"
#include "train/model/predictor.h"
#include "train/text/clip_text.h"
#include "train/trainer/feature_extraction.h"
#include "train/weights/state_dict.h"
#include "train/weights/torch_archive.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using tests::TemporaryFolder;
using torch::Tensor;

// {"model": OrderedDict(a=arange(6).view(2, 3), c=tensor([7, -8]), b=a.t(), d=arange(4.).half()[1:3]),
// "epoch": 3} as PyTorch 1.13 saves it with _use_new_zipfile_serialization=False.
constexpr const char* kLegacyFile =
    "gAKKCmz8nEb5IGqoUBkugAJN6QMugAJ9cQAoWBAAAABwcm90b2NvbF92ZXJzaW9ucQFN6QNYDQAAAGxpdHRsZV9lbmRpYW5x"
    "AohYCgAAAHR5cGVfc2l6ZXNxA31xBChYBQAAAHNob3J0cQVLAlgDAAAAaW50cQZLBFgEAAAAbG9uZ3EHSwR1dS6AAn1xAChY"
    "BQAAAG1vZGVscQFjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQIpUnEDKFgBAAAAYXEEY3RvcmNoLl91dGlscwpfcmVidWls"
    "ZF90ZW5zb3JfdjIKcQUoKFgHAAAAc3RvcmFnZXEGY3RvcmNoCkZsb2F0U3RvcmFnZQpxB1gJAAAAODQwMDI0MDE2cQhYAwAA"
    "AGNwdXEJSwZOdHEKUUsASwJLA4ZxC0sDSwGGcQyJaAIpUnENdHEOUnEPWAEAAABjcRBoBSgoaAZjdG9yY2gKTG9uZ1N0b3Jh"
    "Z2UKcRFYCQAAADc3ODEyODE3NnESaAlLAk50cRNRSwBLAoVxFEsBhXEViWgCKVJxFnRxF1JxGFgBAAAAYnEZaAUoKGgGaAdY"
    "CQAAADg0MDAyNDAxNnEaaAlLBk50cRtRSwBLA0sChnEcSwFLA4ZxHYloAilScR50cR9ScSBYAQAAAGRxIWgFKChoBmN0b3Jj"
    "aApIYWxmU3RvcmFnZQpxIlgJAAAAODQwMDIwNTYwcSNoCUsETnRxJFFLAUsChXElSwGFcSaJaAIpUnEndHEoUnEpdVgFAAAA"
    "ZXBvY2hxKksDdS6AAl1xAChYCQAAADc3ODEyODE3NnEBWAkAAAA4NDAwMjA1NjBxAlgJAAAAODQwMDI0MDE2cQNlLgIAAAAA"
    "AAAABwAAAAAAAAD4/////////wQAAAAAAAAAAAAAPABAAEIGAAAAAAAAAAAAAAAAAIA/AAAAQAAAQEAAAIBAAACgQA==";

std::vector<std::byte> replaced(const std::string& from, const std::string& to) {
  std::vector<std::byte> bytes = from_base64(kLegacyFile);
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  REQUIRE(text.find(from) != std::string::npos);
  text.replace(text.find(from), from.size(), to);
  const auto span = std::as_bytes(std::span(text));
  return {span.begin(), span.end()};
}

void write_tensors(const fs::path& file, const StateDict& tensors) {
  std::map<std::string, TensorView> views;
  for (const auto& [name, tensor] : tensors) views.emplace(name, to_view(tensor));
  write_safetensors(file, views);
}

// DINOv2 of two blocks, 64 channels and patches of 14 px, official names.
StateDict small_dinov2(int seed = 1) {
  torch::manual_seed(seed);
  StateDict tensors{{"cls_token", torch::randn({1, 1, 64})},
                    {"pos_embed", torch::randn({1, 17, 64})},
                    {"mask_token", torch::zeros({1, 64})},
                    {"patch_embed.proj.weight", 0.05 * torch::randn({64, 3, 14, 14})},
                    {"patch_embed.proj.bias", torch::randn({64})}};
  for (const char* block : {"blocks.0.", "blocks.1."}) {
    const auto add = [&](const char* name, std::vector<std::int64_t> shape) {
      tensors[std::string(block) + name] = 0.1 * torch::randn(shape);
    };
    for (const char* norm : {"norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias", "ls1.gamma",
                             "ls2.gamma", "attn.proj.bias", "mlp.fc2.bias"})
      add(norm, {64});
    add("attn.qkv.weight", {192, 64});
    add("attn.qkv.bias", {192});
    add("attn.proj.weight", {64, 64});
    add("mlp.fc1.weight", {128, 64});
    add("mlp.fc1.bias", {128});
    add("mlp.fc2.weight", {64, 128});
  }
  return tensors;
}

BackboneConfig dinov2_of(const fs::path& weights) {
  BackboneConfig config;
  config.kind = "dinov2";
  config.weights = weights;
  config.layers = 2;
  return config;
}

// Names with `prefix`, blocks in chunks of one as DINOv2's training with block_chunks = blocks has them.
StateDict wrapped(const StateDict& tensors, const std::string& prefix, bool in_chunks = false) {
  StateDict result;
  for (const auto& [name, tensor] : tensors) {
    const bool moves = in_chunks && name.starts_with("blocks.");
    result.emplace(prefix + (moves ? name.substr(0, 9) + name.substr(7) : name), tensor);
  }
  return result;
}

StateDict joined(StateDict a, const StateDict& b) {
  a.insert(b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("a file of before PyTorch 1.6 is read: shared storages, windows, integers, halves", "[weights]") {
  const TemporaryFolder folder;
  write_file_bytes(folder / "old.pth", from_base64(kLegacyFile));
  const StateDict tensors = load_state_dict(folder / "old.pth");
  REQUIRE(tensors.size() == 4);
  const Tensor a = torch::arange(6.0F).view({2, 3});
  CHECK(torch::equal(tensors.at("model.a"), a));
  CHECK(torch::equal(tensors.at("model.b"), a.t()));
  CHECK(torch::equal(tensors.at("model.c"), torch::tensor({7, -8}, torch::kInt64)));
  CHECK(torch::equal(tensors.at("model.d"), torch::tensor({1.F, 2.F}).to(torch::kFloat16)));

  // The same by pickle protocol 4, whose pickles tell their length first.
  const std::string start("\x80\x02", 2), framed("\x80\x04\x95\x0d\0\0\0\0\0\0\0", 11);
  write_file_bytes(folder / "framed.pth", replaced(start, framed));
  CHECK(load_state_dict(folder / "framed.pth").size() == 4);
  // By Python 2, whose texts are of another kind, and PyTorch 0.3's function.
  write_file_bytes(folder / "older.pth", replaced(std::string("X\x07\0\0\0storage", 12), "U\x07storage"));
  CHECK(load_state_dict(folder / "older.pth").size() == 4);
  write_file_bytes(folder / "oldest.pth", replaced("_rebuild_tensor_v2", "_rebuild_tensor"));
  CHECK(torch::equal(load_state_dict(folder / "oldest.pth").at("model.b"), a.t()));
}

TEST_CASE("a file of before PyTorch 1.6 that is cut, or of other machines, is refused by its name",
          "[weights]") {
  const TemporaryFolder folder;
  const fs::path file = folder / "old.pth";
  const std::vector<std::byte> whole = from_base64(kLegacyFile);
  for (std::size_t length = 1; length < whole.size(); ++length) {
    write_file_bytes(file, std::span(whole).first(length));
    CHECK_THROWS_WITH(load_state_dict(file), ContainsSubstring(file.string()));
  }
  Random random(5);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::byte> bytes = whole;
    for (std::uint64_t change = 0; change <= random.below(3); ++change)
      bytes[static_cast<std::size_t>(random.below(bytes.size()))] = static_cast<std::byte>(random.below(256));
    write_file_bytes(file, bytes);
    try {
      load_state_dict(file);
    } catch (const std::runtime_error& error) {
      REQUIRE(std::string(error.what()).starts_with(file.string()));
    }
  }
  const auto refusal = [&](const std::string& from, const std::string& to) {
    write_file_bytes(file, replaced(from, to));
    try {
      load_state_dict(file);
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(refusal("little_endianq\x02\x88", "little_endianq\x02\x89"),
             ContainsSubstring("high byte first"));
  CHECK_THAT(refusal("\x80\x02M\xe9\x03.", "\x80\x02M\xe8\x03."), ContainsSubstring("unknown version"));
  CHECK_THAT(refusal("torch\nFloatStorage", "os\nsystem"), ContainsSubstring("os.system"));
  CHECK_THAT(refusal("K\x06Nt", std::string("K\x06)t")), ContainsSubstring("part of another"));
  CHECK_THAT(refusal(std::string("\x06\0\0\0\0\0\0\0\0\0", 10), std::string("\x06\0\0\0\0\0\0\x40\0\0", 10)),
             ContainsSubstring("cut short"));
  CHECK_THAT(refusal(std::string("\x06\0\0\0\0\0\0\0\0\0", 10), std::string("\x05\0\0\0\0\0\0\0\0\0", 10)),
             ContainsSubstring("shorter than it says"));
}

TEST_CASE("containers within each other again and again are refused before their names take memory",
          "[weights]") {
  std::string pickle = "\x80\x02}";  // an empty dict
  const auto length = [](std::size_t count) {
    return std::string{static_cast<char>(count), '\0', '\0', '\0'};
  };
  for (int level = 0; level < 16; ++level) {  // {a: before, b: before}, 2^16 ways down
    const std::string memo{static_cast<char>(level)};
    pickle += "q" + memo + "0}(";
    for (const char key : {'a', 'b'}) pickle += "X" + length(60) + std::string(60, key) + "h" + memo;
    pickle += "u";
  }
  const std::string whole = pickle + ".";
  const auto bytes = std::as_bytes(std::span(whole));
  const TemporaryFolder folder;
  write_file_bytes(folder / "a.pth", write_zip({{"data.pkl", {bytes.begin(), bytes.end()}}}, false));
  CHECK_THROWS_WITH(TorchArchive(folder / "a.pth"), ContainsSubstring("circular, too deep or too many"));
}

TEST_CASE("weights in several files are read by their index, or their folder", "[weights]") {
  const TemporaryFolder folder;
  const Tensor a = torch::arange(4.0F), b = torch::ones({2, 2});
  write_tensors(folder / "model-00001-of-00002.safetensors", {{"a", a}});
  write_tensors(folder / "model-00002-of-00002.safetensors", {{"b", b}});
  const auto index = [&](const std::string& map) {
    return folder.write("model.safetensors.index.json",
                        R"({"metadata": {"total_size": 32}, "weight_map": )" + map + "}");
  };
  const fs::path file =
      index(R"({"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"})");
  for (const fs::path& given : {file, folder.path()}) {
    const StateDict tensors = load_state_dict(given);
    REQUIRE(tensors.size() == 2);
    CHECK(torch::equal(tensors.at("a"), a));
    CHECK(torch::equal(tensors.at("b"), b));
  }
  const auto refused = [&](const std::string& map, const std::string& what) {
    index(map);
    CHECK_THROWS_WITH(load_state_dict(file), ContainsSubstring(what));
  };
  refused(R"({"b": "model-00001-of-00002.safetensors"})", "\"b\" is not in model-00001");
  refused(R"({"b": "model-00003-of-00002.safetensors"})", "model-00003-of-00002.safetensors: No such file");
  for (const char* outside :
       {R"("../model.safetensors")", R"("/etc/passwd")", R"("x/y")", "7", R"("")", "[]"})
    refused(std::string(R"({"b": )") + outside + "}", "beside the index");
  refused(R"({"b": "."})", "not a regular file");
  refused(R"({"b": "model.safetensors.index.json"})", "is a text");  // an index names no index
  refused("[]", "no object \"weight_map\"");

  // Hugging Face's libraries take the whole file first; another name is found where it is the only one.
  write_tensors(folder / "model.safetensors", {{"c", a}});
  CHECK(load_state_dict(folder.path()).contains("c"));
  const TemporaryFolder other;
  write_tensors(other / "part.safetensors", {{"a", a}});
  other.write("dinov2.safetensors.index.json", R"({"weight_map": {"a": "part.safetensors"}})");
  CHECK(load_state_dict(other.path()).size() == 1);
  other.write("second.safetensors.index.json", "{}");
  CHECK_THROWS_WITH(load_state_dict(other.path()), ContainsSubstring("one *.index.json"));
}

TEST_CASE("what stands in place of weights is called by its name", "[weights]") {
  const TemporaryFolder folder;
  const auto told = [&](const std::string& content, const std::string& what) {
    INFO(content);
    for (const char* name : {"model.safetensors", "a.pth", "model.safetensors.index.json"}) {
      folder.write(name, content);
      CHECK_THROWS_WITH(load_state_dict(folder / name), ContainsSubstring(name) && ContainsSubstring(what));
    }
    BackboneConfig script;
    script.kind = "script:" + (folder / "a.pth").string();
    CHECK_THROWS_WITH(make_backbone(script), ContainsSubstring("a.pth") && ContainsSubstring(what));
  };
  told(
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1"
      "258daaa5e2ca24d17e2393\nsize 12345\n",
      "is a Git LFS pointer");
  told("<!DOCTYPE html>\n<html><body>Sign in</body></html>", "is an HTML page");
  told("\xef\xbb\xbf \r\n<HTML lang=en>", "is an HTML page");
  told("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "is an XML document");
  told("Entry not found", "\"Entry not found\"");
  told("", "is empty");
}

TEST_CASE("DINOv2 is found under what wraps it, its blocks in chunks or not", "[weights]") {
  const StateDict official = small_dinov2();
  const std::string expected = content_hash(dinov2_weights(official));
  CHECK(expected == content_hash(official));
  for (const char* prefix : {"module.", "state_dict.", "backbone.", "model.", "teacher.backbone.",
                             "model.module.student.backbone.", "_orig_mod.", "image_embedder.dino_vit."})
    for (const bool in_chunks : {false, true}) {
      INFO(prefix << in_chunks);
      StateDict tensors = wrapped(official, prefix, in_chunks);
      CHECK(tensors.contains(std::string(prefix) + (in_chunks ? "blocks.1.1." : "blocks.1.") + "ls1.gamma"));
      tensors["teacher.dino_head.last_layer.weight"] = tensors["epoch"] = torch::ones({2});
      CHECK(content_hash(dinov2_weights(tensors)) == expected);
    }

  // A teacher beside its student is what DINO publishes.
  const StateDict student = wrapped(small_dinov2(2), "student.backbone.", true);
  CHECK(content_hash(dinov2_weights(joined(wrapped(official, "teacher.backbone.", true), student))) ==
        expected);
  CHECK_THROWS_WITH(
      dinov2_weights(joined(wrapped(official, "model."), wrapped(small_dinov2(2), "model_ema."))),
      ContainsSubstring("\"model.\", \"model_ema.\""));
  CHECK(torch::equal(dinov2_weights(joined(official, wrapped(small_dinov2(2), "backbone."))).at("cls_token"),
                     official.at("cls_token")));
  CHECK_THROWS_WITH(dinov2_weights({{"blocks.0.2.norm1.weight", torch::ones({1})},
                                    {"blocks.1.2.norm1.weight", torch::ones({1})},
                                    {"cls_token", torch::ones({1})},
                                    {"pos_embed", torch::ones({1})}}),
                    ContainsSubstring("blocks.2.norm1.weight"));
  CHECK_THROWS_WITH(
      dinov2_weights({{"encoder.weight", torch::ones({1})}, {"x.cls_token", torch::ones({1})}}),
      ContainsSubstring("\"pos_embed\"") && ContainsSubstring("of 2 tensors: \"encoder.weight\""));
}

TEST_CASE("CLIP's text tower is found under what wraps it", "[weights]") {
  const StateDict official{{"token_embedding.weight", torch::randn({4, 8})},
                           {"positional_embedding", torch::randn({2, 8})}};
  const StateDict image{{"visual.positional_embedding", torch::randn({3, 8})}};
  for (const char* prefix : {"module.", "state_dict.module.", "text."}) {
    INFO(prefix);
    CHECK(content_hash(clip_text_weights(joined(wrapped(official, prefix), wrapped(image, prefix))))  //
          != content_hash(official));
    CHECK(content_hash(clip_text_weights(wrapped(official, prefix))) == content_hash(official));
  }
  CHECK_THROWS_WITH(clip_text_weights(image), ContainsSubstring("\"token_embedding.weight\"") &&
                                                  ContainsSubstring("\"visual.positional"));
}

TEST_CASE("weights that are not finite are refused by their name, and features too", "[weights]") {
  const TemporaryFolder folder;
  StateDict tensors = small_dinov2();
  write_tensors(folder / "good.safetensors", tensors);
  const auto backbone = make_backbone(dinov2_of(folder / "good.safetensors"));
  CHECK(backbone->forward(torch::rand({1, 3, 56, 56})).isfinite().all().item<bool>());
  for (const char* name : {"blocks.1.mlp.fc1.weight", "blocks.0.norm1.bias", "pos_embed", "cls_token"})
    for (const double value :
         {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
      StateDict bad = tensors;
      bad[name] = bad[name].clone();
      bad[name].view({-1})[3] = value;
      write_tensors(folder / "bad.safetensors", bad);
      FeatureOptions options{
          .backgrounds = 0, .device = {"cpu"}, .backbone = dinov2_of(folder / "bad.safetensors")};
      CHECK_THROWS_WITH(FeatureExtractor(options), ContainsSubstring("bad.safetensors") &&
                                                       ContainsSubstring(name) &&
                                                       ContainsSubstring("not finite"));
    }

  // A scale that float32 holds and half precision does not.
  tensors["blocks.1.ls2.gamma"] = torch::full({64}, 1e7);
  write_tensors(folder / "large.safetensors", tensors);
  tests::MadeObject object;
  object.views = 1;
  write_shard(folder / "a.safetensors", tests::make_content("a", object, 1));
  FeatureExtractor extractor(
      {.backgrounds = 0, .device = {"cpu"}, .backbone = dinov2_of(folder / "large.safetensors")});
  CHECK_THROWS_WITH(extractor.extract(folder / "a.safetensors", folder / "features.safetensors"),
                    ContainsSubstring("half precision"));
}

TEST_CASE("a trained head is found under what wraps it, and refused where it is not finite", "[weights]") {
  const TemporaryFolder folder;
  const ModelConfig config = tests::small_config();
  FunctionalModel model(config);
  tests::write_config(folder.path(), config);
  const fs::path file = folder / "final.safetensors";
  tests::write_checkpoint(file, model);
  const StateDict plain = load_checkpoint_tensors(file);
  write_tensors(folder / "wrapped.safetensors", wrapped(plain, "module.model."));
  CHECK(content_hash(load_checkpoint_tensors(folder / "wrapped.safetensors")) == content_hash(plain));

  CHECK(Predictor(folder.path()).functions() == config.functions);
  StateDict bad = plain;
  bad["mlp_conditioner.mlp.2.bias"] = torch::full_like(bad["mlp_conditioner.mlp.2.bias"], NAN);
  write_tensors(file, bad);
  CHECK_THROWS_WITH(Predictor(folder.path()), ContainsSubstring("final.safetensors") &&
                                                  ContainsSubstring("mlp_conditioner.mlp.2.bias") &&
                                                  ContainsSubstring("not finite"));
}

}  // namespace funcorr
