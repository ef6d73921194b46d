#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "db/dataset/record/view.h"
#include "db/format/members.h"
#include "db/format/options.h"
#include "render/integrator/render_settings.h"
#include "render/views/view_options.h"

namespace funcorr {

// One file rendered without a workspace, for debugging and comparison with other renderers.
struct SingleFileOptions {
  std::filesystem::path file, root, out;                      // root: of its textures; empty: the usual one
  std::string up = "y";                                       // or "z"
  std::vector<std::filesystem::path> hdri{"builtin:studio"};  // one
  double hdri_rotation_deg = 0;
  std::filesystem::path cameras;  // empty: `views` training positions of `size_px`
  int views = 4;
  int size_px = ViewOptions{}.size_px;
  bool linear_exr = false;  // ChannelGroup::kColor too
  ViewFiles files;
  std::vector<double> backdrop_color{1, 1, 1};  // linear red, green, blue
  RenderSettings settings;                      // but for backdrop_color

  static const OptionList<SingleFileOptions>& options();
};

// report.json.
struct SingleFileReport {
  struct ImportedAsset {
    std::size_t triangles = 0;
    std::int64_t degenerate_triangles = 0;
    std::size_t materials = 0, textures = 0;
    std::vector<std::string> parts, warnings;
    static constexpr auto members() {
      using A = ImportedAsset;
      return std::tuple{
          member("triangles", &A::triangles), member("degenerate_triangles", &A::degenerate_triangles),
          member("materials", &A::materials), member("textures", &A::textures),
          member("parts", &A::parts),         member("warnings", &A::warnings)};
    }
  };
  struct RenderedView {
    double seconds = 0, coverage = 0;
    ViewFlags flags;
    static constexpr auto members() {
      using V = RenderedView;
      return std::tuple{member("seconds", &V::seconds), member("coverage", &V::coverage),
                        member("flags", &V::flags)};
    }
  };
  struct Seconds {
    double environment = 0, import = 0, build = 0, waiting_for_files = 0;
    static constexpr auto members() {
      using S = Seconds;
      return std::tuple{member("environment", &S::environment), member("import", &S::import),
                        member("build", &S::build), member("waiting_for_files", &S::waiting_for_files)};
    }
  };
  ImportedAsset asset;
  std::vector<RenderedView> views;
  Seconds seconds;
  std::vector<std::string> warnings;  // on all but the asset
  static constexpr auto members() {
    using R = SingleFileReport;
    return std::tuple{member("asset", &R::asset), member("views", &R::views), member("seconds", &R::seconds),
                      member("warnings", &R::warnings)};
  }
};

// Writes OUT/NNNN.png, NNNN.exr, cameras.json and report.json. Throws UsageError, EnvironmentError, and
// ImportError for a file that is no usable asset.
SingleFileReport render_single_file(const SingleFileOptions& options);

// The text of report.json; names that are not UTF-8 lose the bytes that are not.
std::string to_text(const SingleFileReport& report);

}  // namespace funcorr
