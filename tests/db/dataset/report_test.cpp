#include "db/dataset/report.h"

#include <set>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

namespace fs = std::filesystem;

TEST_CASE("pictures lie beside the page, where their addresses say, and those of earlier pages go") {
  const tests::TemporaryFolder folder;
  const Workspace workspace{folder.path()};
  folder.write("report/images/old.png", "");
  PictureFolder pictures(report_page_path(workspace));
  Image8 picture(2, 1, 3);
  picture.pixels = {1, 2, 3, 4, 5, 6};
  CHECK(pictures.save("label-a-outer/rim", picture) == "images/label-a-outer%252Frim.png");
  const fs::path file = folder / "report/images/label-a-outer%2Frim.png";  // "%25" is "%" in an address
  CHECK(load_image8(file).pixels == picture.pixels);
  pictures.remove_others();
  CHECK_FALSE(fs::exists(folder / "report/images/old.png"));
  CHECK(fs::exists(file));
}

}  // namespace funcorr
