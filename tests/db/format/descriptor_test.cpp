#include "db/format/descriptor.h"

#include <utility>

#include <fcntl.h>

#include "tests/catch.h"

namespace funcorr {
namespace {

bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }
int some_number() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST_CASE("a descriptor is closed once, by whoever holds it last") {
  int number = -1;
  {
    const Descriptor descriptor(some_number());
    number = descriptor.get();
    CHECK(descriptor.open());
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));

  Descriptor first(some_number()), second(some_number());
  const int old = first.get(), moved = second.get();
  first = std::move(second);
  CHECK_FALSE(is_open(old));
  CHECK(first.get() == moved);
  Descriptor third(std::move(first));
  CHECK(is_open(moved));
  CHECK(third.release() == moved);
  CHECK_FALSE(third.open());
  CHECK(is_open(moved));
  ::close(moved);
  CHECK_FALSE(Descriptor().open());
  CHECK_FALSE(Descriptor(::open("/no such file", O_RDONLY)).open());
}

}  // namespace
}  // namespace funcorr
