#pragma once

#include <filesystem>
#include <vector>

#include "db/dataset/record/box.h"
#include "stages/ground_options.h"

namespace funcorr {

// Ground's, but for the number of replies and the zoomed pass: a view is asked until one reply has a box. The
// paper (section 5.2) does not say how many there are; a row of the results is the model's word on the image.
struct LocateOptions {
  AskingOptions asking = box_model();
  ImageOptions images{};
  GroundingOptions grounding{.boxes = 1, .zoom = false};
  std::string name{};  // of this run, where several models are asked; empty: the one without a name
  std::vector<BoxSubject> by = {BoxSubject::kPart};
  std::filesystem::path prompt{}, function_prompt{};
  int batch_items = kQuestionsAtOnce;

  static const OptionList<LocateOptions>& options() {
    using L = LocateOptions;
    const auto of_one_reply = [] {
      auto bound = options_of(&L::grounding);
      std::erase_if(bound, [](const BoundOption<L>& one) {
        return one.described().name == "boxes" || one.described().name == "zoom";
      });
      return bound;
    };
    static const OptionList<L> list{
        option("name", &L::name)
            .help("name of this run, where several models are asked side by side: the settings of "
                  "[locate.NAME] hold too, and the rows are vlm:NAME+backbone and vlm-function:NAME+backbone")
            .leaves_results(),
        option("by", &L::by)
            .help("ask for each part that performs the pair's function, for the row vlm+backbone; by the "
                  "function alone, for the row vlm-function+backbone")
            .leaves_results(),
        options_of(&L::asking),
        options_of(&L::images),
        of_one_reply(),
        option("prompt", &L::prompt)
            .help(
                "file with the question by part; empty: ground's that comes with funcorr for the box format")
            .leaves_results(),
        option("function_prompt", &L::function_prompt)
            .help("file with the question by function; empty: the one that comes with funcorr for the box "
                  "format, where there is one")
            .leaves_results(),
        option("batch_items", &L::batch_items)
            .range(1, 100'000)
            .help("questions that are asked at the same time; the batch transport takes more")
            .leaves_results()};
    return list;
  }
};

}  // namespace funcorr
