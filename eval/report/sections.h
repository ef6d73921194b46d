#pragma once

#include <string>
#include <vector>

#include "db/dataset/report.h"
#include "eval/report/page.h"
#include "eval/report/report.h"

namespace funcorr {

// The sections of the page, in its order. Each says what is missing and which command makes it.
PageSection overview_section(const ReportContents& contents, bool timings);
PageSection results_section(const Results& results, const std::vector<ReportContents::Sweep>& sweeps);
// `rows`: pictured_rows().
PageSection correspondence_section(const Workspace& workspace, const std::vector<PicturedPair>& pairs,
                                   const std::vector<std::string>& rows, PictureFolder& pictures);
PageSection training_section(const Workspace& workspace, const std::vector<Run>& runs,
                             PictureFolder& pictures);
PageSection dataset_section(const ReportContents& contents);
PageSection render_section(const Workspace& workspace, const std::vector<RenderedAsset>& assets,
                           PictureFolder& pictures);
// `labels`: the view stats_labels.
PageSection label_section(const Workspace& workspace, const std::vector<LabelledAsset>& assets,
                          const Table& labels, PictureFolder& pictures);
// Of it, whether the probabilities of surface points keep what they promise, by kind of part; empty where
// heats are no probabilities or no asset's file names its parts.
std::string reliability_html(const Workspace& workspace, const std::vector<LabelledAsset>& assets);
PageSection spend_section(const Table& spend, bool timings);
PageSection error_section(const Table& errors);
PageSection configuration_section(const Workspace& workspace, const std::vector<std::string>& stages);

}  // namespace funcorr
