#include "render/visibility/view_quality.h"

#include <algorithm>

#include "tests/catch.h"

namespace funcorr {

TEST_CASE("views are flagged for what they show", "[quality]") {
  const auto view = [](int foreground, std::uint8_t grey) {
    Image8 rgba(100, 100, 4);
    for (int i = 0; i < foreground; ++i) {
      std::uint8_t* pixel = rgba.at(10 + i % 80, 10 + i / 80);
      std::fill_n(pixel, 3, grey);
      pixel[3] = 255;
    }
    return rgba;
  };
  CHECK(assess_view(view(0, 0)).flags == ViewFlags{ViewFlag::kBlank});
  CHECK(assess_view(view(19, 128)).flags == ViewFlags{ViewFlag::kNearlyBlank});
  CHECK(assess_view(view(20, 128)).flags.empty());
  CHECK(assess_view(view(1000, 128)).coverage == 0.1);
  CHECK(assess_view(view(1000, 3)).flags == ViewFlags{ViewFlag::kAllBlack});
  CHECK(assess_view(view(1000, 255)).flags == ViewFlags{ViewFlag::kAllWhite});
  Image8 cut = view(1000, 128);
  cut.at(50, 0)[3] = 255;
  CHECK(assess_view(cut).flags == ViewFlags{ViewFlag::kOutOfFrame});
}

}  // namespace funcorr
