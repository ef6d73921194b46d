#include <fstream>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/temporary_folder.h"
#include "tests/train/golden_tensor.h"
#include "train/text/clip_text.h"
#include "train/text/clip_tokenizer.h"
#include "train/text/function_text.h"
#include "train/weights/state_dict.h"

using namespace funcorr;
using Catch::Matchers::ContainsSubstring;
using tests::largest_difference;
using tests::load_tensor;
using torch::Tensor;
namespace fs = std::filesystem;

namespace {

constexpr const char* kVocabulary = "bpe_simple_vocab_16e6.txt.gz";

// The official vocabulary, beside the golden files' folder.
std::optional<fs::path> find_vocabulary(const fs::path& golden) {
  const fs::path file = golden / ".." / "clip" / kVocabulary;
  if (fs::exists(file)) return file;
  tests::skip_without_reference("no " + file.string());
  return std::nullopt;
}

std::vector<std::string> golden_texts(const fs::path& golden) {
  return tests::load_json(golden / "model" / "clip_texts.json").get<std::vector<std::string>>();
}

}  // namespace

TEST_CASE("CLIP's word splitting: contractions, digits, signs, letters beyond ASCII") {
  using Words = std::vector<std::string>;
  CHECK((split_clip_words("Don't  STOP") == Words{"don", "'t", "stop"}));
  CHECK((split_clip_words("3D-printed, 12.5 cm!!") ==
         Words{"3", "d", "-", "printed", ",", "1", "2", ".", "5", "cm", "!!"}));
  CHECK((split_clip_words("CAFÉ ÑANDÚ мышь") == Words{"café", "ñandú", "мышь"}));
  CHECK((split_clip_words("x² ½") == Words{"x", "²", "½"}));
  CHECK(split_clip_words(" \t\n").empty());
  CHECK_THROWS_AS(split_clip_words("\xff"), std::invalid_argument);
  CHECK_THROWS_AS(split_clip_words("caf\xc3"), std::invalid_argument);
}

TEST_CASE("token ids equal the golden ones, from the official vocabulary and from Hugging Face's layout") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const auto vocabulary = find_vocabulary(golden);
  if (!vocabulary) return;
  const Tensor expected = load_tensor(golden / "model" / "clip_tokens.npy");
  const std::vector<std::string> texts = golden_texts(golden);
  const ClipTokenizer official(*vocabulary);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    INFO(texts[i]);
    const Tensor row = expected[static_cast<std::int64_t>(i)].contiguous();
    CHECK(official.encode(texts[i]) == std::vector<std::int64_t>(row.data_ptr<std::int64_t>(),
                                                                 row.data_ptr<std::int64_t>() + row.numel()));
  }
  std::string long_text;
  for (int i = 0; i < 76; ++i) long_text += "cut ";
  CHECK_THROWS_WITH(official.encode(long_text), ContainsSubstring("75 tokens"));
}

TEST_CASE("a vocabulary as vocab.json and merges.txt, and what is wrong with one is named") {
  const tests::TemporaryFolder folder;
  folder.write("vocab.json",
               R"({"c":0,"u":1,"t</w>":2,"cu":3,"cut</w>":4,"<|startoftext|>":5,"<|endoftext|>":6})");
  folder.write("merges.txt", "#version: 0.2\nc u\ncu t</w>\n");
  const ClipTokenizer tokenizer(folder.path());
  const std::vector<std::int64_t> tokens = tokenizer.encode("CUT cut");
  CHECK((std::vector<std::int64_t>(tokens.begin(), tokens.begin() + 5) ==
         std::vector<std::int64_t>{5, 4, 4, 6, 0}));
  CHECK_THROWS_WITH(tokenizer.encode("dig"), ContainsSubstring("no token \"d\""));
  folder.write("merges.txt", "c u t\n");
  CHECK_THROWS_WITH(ClipTokenizer(folder / "vocab.json"), ContainsSubstring("c u t"));
  folder.write("vocab.json", "[]");
  CHECK_THROWS_WITH(ClipTokenizer(folder / "vocab.json"), ContainsSubstring("vocab.json"));
  CHECK_THROWS_WITH(ClipTokenizer(folder / "absent.txt.gz"), ContainsSubstring("absent.txt.gz"));
  folder.write("short.txt", "header\na b\n");
  CHECK_THROWS_WITH(ClipTokenizer(folder / "short.txt"), ContainsSubstring("2 lines"));
}

TEST_CASE("text features equal the golden ones, from official, TorchScript and Hugging Face files") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const fs::path model = golden / "model";
  const Tensor tokens = load_tensor(model / "clip_tokens.npy"),
               expected = load_tensor(model / "clip_text_features.npy");
  for (const char* name : {"clip_text.pth", "clip_jit.pt", "clip_text_hf.safetensors"}) {
    INFO(name);
    const ClipTextTower tower(clip_text_weights(load_state_dict(model / name)), 4);
    CHECK(tower.dimension() == 32);
    CHECK(largest_difference(tower.forward(tokens), expected) < 1e-4);
  }
}

TEST_CASE("functions' features are those of their names as phrases, normalised") {
  FUNCORR_GOLDEN_OR_SKIP(golden);
  const auto vocabulary = find_vocabulary(golden);
  if (!vocabulary) return;
  const TextConfig config{TextKind::kClip, golden / "model" / "clip_jit.pt", *vocabulary, 4, 0};
  const Tensor features = function_text_features(config, {"brush-with", "pick_up-with"});
  const Tensor golden_features =
      torch::nn::functional::normalize(load_tensor(golden / "model" / "clip_text_features.npy"));
  CHECK(largest_difference(features[0], golden_features[0]) < 1e-4);
  CHECK(largest_difference(features[1], golden_features[7]) < 1e-4);
  CHECK_FALSE(function_text_features({}, {"cut with"}).defined());
  CHECK_THROWS_WITH(function_text_features({TextKind::kClip, "", "", 0, 0}, {"cut with"}),
                    ContainsSubstring("vocabulary"));
  const TextConfig wrong{TextKind::kClip, golden / "model" / "dinov2.pth", *vocabulary, 4, 0};
  CHECK_THROWS_WITH(function_text_features(wrong, {"cut with"}),
                    ContainsSubstring("dinov2.pth") && ContainsSubstring("positional_embedding"));
}
