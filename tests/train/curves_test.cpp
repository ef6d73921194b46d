#include "train/trainer/curves.h"

#include <cstring>
#include <iterator>
#include <optional>

#include "tests/catch.h"
#include "tests/temporary_folder.h"
#include "train/trainer/event_file.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A reader of protocol buffers, written from the format's description.
class Message {
 public:
  explicit Message(std::string bytes) : bytes_(std::move(bytes)) {}
  bool done() const { return at_ >= bytes_.size(); }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.at(at_++));
      value |= static_cast<std::uint64_t>(byte & 127U) << shift;
      if (byte < 128) return value;
    }
  }
  std::string take(std::size_t count) {
    const std::string part = bytes_.substr(at_, count);
    REQUIRE(part.size() == count);
    at_ += count;
    return part;
  }
  template <typename T>
  T fixed() {
    T value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

struct Event {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string version;
  std::map<std::string, float> scalars;
};

void read_value(Message value, Event& event) {
  std::string tag;
  float scalar = 0;
  while (!value.done()) {
    const std::uint64_t key = value.varint();
    if (key == (1 << 3 | 2))
      tag = value.take(value.varint());
    else if (key == (2 << 3 | 5))
      scalar = value.fixed<float>();
    else
      FAIL("unknown field of Summary.Value: " << key);
  }
  event.scalars[tag] = scalar;
}

Event read_event(Message message) {
  Event event;
  while (!message.done()) {
    const std::uint64_t key = message.varint();
    if (key == (1 << 3 | 1))
      event.wall_time = message.fixed<double>();
    else if (key == (2 << 3 | 0))
      event.step = static_cast<std::int64_t>(message.varint());
    else if (key == (3 << 3 | 2))
      event.version = message.take(message.varint());
    else if (key == (5 << 3 | 2)) {
      Message summary(message.take(message.varint()));
      while (!summary.done()) {
        REQUIRE(summary.varint() == (1 << 3 | 2));
        read_value(Message(summary.take(summary.varint())), event);
      }
    } else
      FAIL("unknown field of Event: " << key);
  }
  return event;
}

// CRC-32C bit by bit, and TFRecord's mask undone.
std::uint32_t slow_crc(const std::string& bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0x82f63b78U & (~(crc & 1U) + 1U));
  }
  return ~crc;
}
std::uint32_t unmasked(std::uint32_t masked) {
  const std::uint32_t rotated = masked - 0xa282ead8U;
  return (rotated >> 17) | (rotated << 15);
}

std::vector<Event> read_events(const std::filesystem::path& file) {
  Message records(bytes_of(file));
  std::vector<Event> events;
  while (!records.done()) {
    const std::string length_bytes = records.take(8);
    REQUIRE(unmasked(records.fixed<std::uint32_t>()) == slow_crc(length_bytes));
    std::uint64_t length = 0;
    std::memcpy(&length, length_bytes.data(), 8);
    const std::string event = records.take(length);
    REQUIRE(unmasked(records.fixed<std::uint32_t>()) == slow_crc(event));
    events.push_back(read_event(Message(event)));
  }
  return events;
}

}  // namespace

TEST_CASE("crc32c: the check value of RFC 3720", "[train][curves]") {
  CHECK(crc32c("123456789") == 0xe3069283U);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aaU);
}

TEST_CASE("event file: what TensorBoard reads", "[train][curves]") {
  const TemporaryFolder folder;
  {
    EventFile file(folder / "events", 1000.5);
    file.add(1001.25, 300, {{"loss", 0.5}, {"mask", -2}});
    file.add(1002, 1LL << 40, {{"loss", 0.25}});
  }
  const std::vector<Event> events = read_events(folder / "events");
  REQUIRE(events.size() == 3);
  CHECK(events[0].version == "brain.Event:2");
  CHECK(events[0].wall_time == 1000.5);
  CHECK(events[1].step == 300);
  CHECK(events[1].wall_time == 1001.25);
  CHECK((events[1].scalars == std::map<std::string, float>{{"loss", 0.5F}, {"mask", -2.F}}));
  CHECK(events[2].step == 1LL << 40);
}

TEST_CASE("curves: a resumed run goes on behind its checkpoint, in both files", "[train][curves]") {
  const TemporaryFolder folder;
  const std::vector<std::string> columns{"loss", "held_out_loss"};
  {
    Curves curves(folder.path(), columns, 0);
    curves.add({10, {{"loss", 0.1}}});
    curves.add({20, {{"loss", 1.0 / 3}, {"held_out_loss", 2}}});
    curves.add({30, {{"loss", 9}}});
  }
  const std::string whole = bytes_of(folder / "curves.csv");
  std::ofstream(folder / "curves.csv", std::ios::app) << "40,1";  // killed while writing
  // Where a kill comes while a run goes on, what was there still is: it is written anew beside it.
  std::filesystem::create_hard_link(folder / "curves.csv", folder / "before.csv");
  {
    Curves curves(folder.path(), columns, 25);
    CHECK(bytes_of(folder / "before.csv") == whole + "40,1");
    REQUIRE(curves.last_kept());
    CHECK(curves.last_kept()->step == 20);
    curves.add({30, {{"loss", 9}}});
  }
  CHECK(bytes_of(folder / "curves.csv") == whole);
  const auto points = read_curves(folder / "curves.csv", columns);
  REQUIRE(points.size() == 3);
  CHECK(points[1].values.at("loss") == 1.0 / 3);
  CHECK_FALSE(points[0].values.contains("held_out_loss"));
  const auto events = read_events(folder / "tensorboard/events.out.tfevents.funcorr");
  REQUIRE(events.size() == 4);
  CHECK(events[3].step == 30);
  CHECK(events[2].scalars.at("held_out_loss") == 2.F);
  CHECK(read_curves(folder / "curves.csv", {"other"}).empty());
}

}  // namespace funcorr
