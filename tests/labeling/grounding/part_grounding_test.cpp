// Which samples are asked for, and what becomes of their boxes.
#include "labeling/grounding/part_grounding.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <stdexcept>

#include "db/format/random.h"
#include "labeling/box/zoom.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

struct Asked {
  std::vector<BoxQuestion> questions;
  std::vector<Box> boxes;
  int samples_of(int view, int pass) const {
    int n = 0;
    for (const BoxQuestion& question : questions)
      if (question.view == view && question.pass == pass) n += question.n;
    return n;
  }
};

// Asks until it is done; samples are answered in an order drawn from `seed`.
Asked ask_all(PartGrounding grounding, const std::vector<GroundingView>& views,
              const std::function<std::string(const BoxQuestion&, int sample)>& reply, std::uint64_t seed) {
  struct Open {
    BoxQuestion question;
    int sample;
  };
  Random random(seed);
  Asked asked;
  std::deque<Open> open;
  const auto submit = [&](const std::vector<BoxQuestion>& questions) {
    for (const BoxQuestion& question : questions) {
      asked.questions.push_back(question);
      for (int i = 0; i < question.n; ++i) open.push_back({question, question.first_sample + i});
    }
  };
  submit(grounding.ask_about(views));
  while (!open.empty()) {
    CHECK_FALSE(grounding.done());
    const auto at = open.begin() + static_cast<std::ptrdiff_t>(random.below(open.size()));
    const Open next = *at;
    open.erase(at);
    submit(grounding.take(next.question.view, next.question.pass, next.sample,
                          reply(next.question, next.sample), 100 + next.sample));
  }
  CHECK(grounding.done());
  asked.boxes = grounding.boxes();
  return asked;
}

}  // namespace

TEST_CASE("Parts are spoken in lower case, without full stops and asterisks") {
  CHECK(spoken_part("Rim", "The **upper** edge. Thin.") == "rim - the upper edge thin");
  CHECK(spoken_part("tip", "") == "tip");
}

TEST_CASE("A view is asked until four replies are sound, at most eight times") {
  const std::vector<GroundingView> views = {{0, 200, 200}, {1, 200, 200}, {4, 200, 200}};
  // View 0: all sound. View 1: every second one. View 4: none.
  const auto reply = [](const BoxQuestion& question, int sample) -> std::string {
    if (question.view == 0 || (question.view == 1 && sample % 2 == 0)) return "[[100,100,500,500]]";
    return sample % 3 == 0 ? "nothing there" : "[[500,500,100,100]]";
  };
  const Asked asked = ask_all(PartGrounding({}, false), views, reply, 1);
  CHECK(asked.samples_of(0, 1) == 4);
  CHECK(asked.samples_of(1, 1) == 7);  // 0 … 3 give two, 4 and 5 one more, 6 the last
  CHECK(asked.samples_of(4, 1) == 8);
  CHECK(asked.samples_of(0, 2) == 0);
  const auto sound_of = [&](int view) {
    return std::count_if(asked.boxes.begin(), asked.boxes.end(),
                         [&](const Box& box) { return box.view == view && box.flag == BoxFlag::kNone; });
  };
  CHECK(sound_of(0) == 4);
  CHECK(sound_of(1) == 4);
  CHECK(sound_of(4) == 0);
  for (const Box& box : asked.boxes) {
    CHECK(box.request_id == 100 + box.sample);
    if (box.flag == BoxFlag::kNone) CHECK(box.pixels == PixelBox{20, 20, 100, 100});
  }
}

TEST_CASE("The order of the replies makes no difference") {
  const std::vector<GroundingView> views = {{0, 200, 100}, {1, 200, 100}};
  const auto reply = [](const BoxQuestion& question, int sample) -> std::string {
    Random random(mix64(static_cast<std::uint64_t>(10 * question.view + sample + 1000 * question.pass)));
    if (random.uniform() < 0.3) return "none";
    const auto x = 100 + random.below(500), y = 300 + random.below(300);
    return "[[" + std::to_string(x) + "," + std::to_string(y) + "," + std::to_string(x + 90) + "," +
           std::to_string(y + 60) + "]]";
  };
  const Asked first = ask_all(PartGrounding({}, true), views, reply, 1);
  for (std::uint64_t seed = 2; seed < 20; ++seed) {
    const Asked other = ask_all(PartGrounding({}, true), views, reply, seed);
    CHECK(other.boxes == first.boxes);
  }
}

TEST_CASE("The zoomed pass asks for the crop around the boxes and moves its boxes back") {
  const PixelBox truth{60, 40, 100, 60};
  const auto reply = [&](const BoxQuestion& question, int sample) -> std::string {
    if (question.pass == 1) return "[[300,200,500,300]]";
    const auto at = [&](int position, int offset, int side) {
      return std::to_string((position - offset) * 1000 / side);
    };
    const int side = question.crop.width();
    CHECK(side == question.crop.height());
    if (sample == 1) return "[[0,0,2000,10]]";
    return "[[" + at(truth.x1, question.crop.x1, side) + "," + at(truth.y1, question.crop.y1, side) + "," +
           at(truth.x2, question.crop.x1, side) + "," + at(truth.y2, question.crop.y1, side) + "]]";
  };
  const Asked asked = ask_all(PartGrounding({}, true), {{3, 200, 200}}, reply, 1);
  CHECK(asked.samples_of(3, 1) == 4);
  CHECK(asked.samples_of(3, 2) == 5);
  const std::vector<PixelBox> seen(4, truth);
  CHECK(asked.questions[1].crop == *zoom_crop(seen, 200, 200));
  int zoomed = 0;
  for (const Box& box : asked.boxes)
    if (box.pass == 2 && box.flag == BoxFlag::kNone) {
      CHECK(box.pixels == truth);
      ++zoomed;
    }
  CHECK(zoomed == 4);
}

TEST_CASE("A view without the part can be left early, and is not zoomed") {
  GroundingOptions options;
  options.give_up_after = 4;
  const auto nothing = [](const BoxQuestion&, int) { return std::string("not found"); };
  const Asked asked = ask_all(PartGrounding(options, true), {{0, 64, 64}}, nothing, 1);
  CHECK(asked.samples_of(0, 1) == 4);
  CHECK(asked.boxes.empty());
}

TEST_CASE("Large parts are not zoomed, and small ones only where it is wanted") {
  const auto sound = [](const BoxQuestion&, int) { return std::string("[[100,100,300,300]]"); };
  const auto zoomed = [&](bool zoom, bool is_small) {
    GroundingOptions options;
    options.zoom = zoom;
    return ask_all(PartGrounding(options, is_small), {{0, 64, 64}}, sound, 1).samples_of(0, 2) > 0;
  };
  CHECK(zoomed(true, true));
  CHECK_FALSE(zoomed(true, false));
  CHECK_FALSE(zoomed(false, true));
}

TEST_CASE("A sample that was not asked for is an error") {
  PartGrounding grounding({}, false);
  CHECK(grounding.done());
  grounding.ask_about({{0, 64, 64}});
  CHECK_THROWS_AS(grounding.take(1, 1, 0, "", 0), std::logic_error);
  CHECK_THROWS_AS(grounding.take(0, 1, 4, "", 0), std::logic_error);
  grounding.take(0, 1, 2, "", 0);
  CHECK_THROWS_AS(grounding.take(0, 1, 2, "", 0), std::logic_error);
}

}  // namespace funcorr
