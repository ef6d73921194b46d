// Which formats read a model's first answers.
#include "labeling/grounding/box_pilot.h"

#include "db/format/error.h"
#include "db/format/image.h"
#include "db/format/random.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"
#include "tools/simulated_server/box_reply.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

// Answers about a view of `side` px, spelled by the simulated server; every sixth in prose.
void fill(BoxPilot& pilot, const std::string& format, int side) {
  Random random(3);
  for (int i = 0; i < 24; ++i) {
    const auto at = [&](int from) {
      return from + static_cast<int>(random.below(static_cast<std::uint64_t>(side / 3)));
    };
    const PixelBox box{at(0), at(0), at(side / 2), at(side / 2)};
    const BoxQuestion question{i, 1, {0, 0, side, side}, 0, 1};
    pilot.add("abc", question,
              i % 6 == 5 ? "There is no rim in this picture." : spell_boxes(format, {box}, {side, side}));
  }
}

std::string complaint(const BoxPilot& pilot) {
  try {
    return "chose " + std::string(pilot.choose().name);
  } catch (const EnvironmentError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("The format of the answers is found where no other reads other boxes") {
  const TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  for (const std::string format :
       {"cogvlm", "qwen-vl", "qwen3-vl", "gemini", "gemini-points", "deepseek-vl2", "glm", "florence-2",
        "kosmos-2", "minicpm-v", "molmo", "molmo-2", "moondream", "paligemma", "manipvqa", "pixels"}) {
    BoxPilot pilot(workspace, PointsAs::kEach);
    fill(pilot, format, 490);
    CHECK(complaint(pilot) == "chose " + format);
  }
  CHECK_FALSE(std::filesystem::exists(folder / "pilot"));
}

TEST_CASE("Two formats that read different boxes are asked about, with a picture") {
  const TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  BoxPilot pilot(workspace, PointsAs::kEach);
  fill(pilot, "qwen2.5-vl", 490);  // pixels up to 504, that thousandths may be
  const std::string says = complaint(pilot);
  INFO(says);
  CHECK(says.find("\"qwen2.5-vl\" and \"qwen3-vl\"") != std::string::npos);
  CHECK(says.find("set box_format") != std::string::npos);
  const Image8 picture = load_image8(folder / "pilot" / "ground.png");
  CHECK(picture.width > 1000);
}

TEST_CASE("Answers that no format reads choose none") {
  const TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  BoxPilot pilot(workspace, PointsAs::kEach);
  for (int i = 0; i < 24; ++i) pilot.add("abc", {i, 1, {0, 0, 490, 490}, 0, 1}, "somewhere in the middle");
  CHECK(complaint(pilot).find("no format reads") != std::string::npos);
  CHECK(pilot.advice("mine.prompt").find("no box_format reads any") != std::string::npos);
  CHECK(load_image8(folder / "pilot" / "ground.png").width > 1000);  // what was shown
}

TEST_CASE("The advice names the formats that would have read the answers, and how to read them anew") {
  const TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  BoxPilot pilot(workspace, PointsAs::kEach);
  fill(pilot, "qwen3-vl", 490);
  const std::string says = pilot.advice("/there/ground.prompt");
  INFO(says);
  CHECK(says.find("\"qwen3-vl\" 20") != std::string::npos);
  CHECK(says.find("prompt = \"/there/ground.prompt\"") != std::string::npos);
  CHECK(says.find((folder / "pilot" / "ground.png").string()) != std::string::npos);
  CHECK(std::filesystem::exists(folder / "pilot" / "ground.png"));
}

TEST_CASE("A box's use: found, nothing, none") {
  const auto use = [](const char* format, const char* reply) {
    return box_use(box_format(format), reply, {490, 490}, PointsAs::kEach);
  };
  CHECK(use("cogvlm", "[[100,100,200,200]]") == AnswerUse::kFound);
  CHECK(use("cogvlm", "[[200,100,100,200]]") == AnswerUse::kUnusable);
  CHECK(use("cogvlm", "I see none") == AnswerUse::kUnusable);
  CHECK(use("qwen3-vl", "[]") == AnswerUse::kNothing);
  CHECK(use("qwen3-vl", "") == AnswerUse::kUnusable);
}

}  // namespace funcorr
