#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "db/format/image.h"
#include "db/manifest/assets.h"
#include "db/manifest/manifest.h"
#include "eval/report/page.h"
#include "pipeline/stage.h"

namespace funcorr {

// What the page is made from, and how much of it is shown.
struct ReportSource {
  Manifest& manifest;
  Workspace workspace;
  std::uint64_t seed = 0;              // of the bootstrap
  std::size_t sheet_assets = 48;       // assets on the contact sheet
  std::size_t label_pictures = 24;     // assets whose labels are pictured and compared with the truth
  std::size_t pairs_per_function = 2;  // pictured pairs
  bool timings = false;                // wall times: the page then differs from run to run
};

// The pictures beside the page, in report/images.
class PictureFolder {
 public:
  explicit PictureFolder(const Workspace& workspace) : folder_(workspace.report() / "images") {}
  // Returns the picture's address as the page needs it: "images/<name>.png".
  std::string save(const std::string& name, const Image8& picture);
  // Removes pictures of an earlier page that this one did not save.
  void remove_others() const;

 private:
  std::filesystem::path folder_;
  std::set<std::string> saved_;
};

// Assets with a finished item of `stage` (whose keys are "uid" or "uid/…"), at most `count`, one of every
// category first, then a second of every category …
std::vector<Asset> pick_assets(Manifest& manifest, const std::string& stage, std::size_t count);

// A statistics view as a table; folded away where it has more than `open_rows` rows.
std::string statistics_html(Manifest& manifest, const std::string& view, std::size_t open_rows,
                            const std::vector<std::string>& without_columns = {});

// The sections of the page, in its order. Each says what is missing and which command makes it.
PageSection overview_section(const ReportSource& source);
PageSection results_section(const ReportSource& source);
PageSection correspondence_section(const ReportSource& source, PictureFolder& pictures);
PageSection training_section(const ReportSource& source, PictureFolder& pictures);
PageSection dataset_section(const ReportSource& source);
PageSection render_section(const ReportSource& source, PictureFolder& pictures);
PageSection label_section(const ReportSource& source, PictureFolder& pictures);
PageSection spend_section(const ReportSource& source);
PageSection error_section(const ReportSource& source);
PageSection configuration_section(const ReportSource& source);

}  // namespace funcorr
