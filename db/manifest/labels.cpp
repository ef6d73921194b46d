#include "db/manifest/labels.h"

#include "db/manifest/connection.h"

namespace funcorr {
void replace_views(Manifest& manifest, const std::string& uid, const std::vector<View>& views) {
  WriteScope scope(manifest);
  Query(manifest, "DELETE FROM view WHERE uid = ?", uid).run();
  for (const View& view : views) {
    Query(manifest,
          "INSERT INTO view (uid, view_set, view, hdri, hdri_rotation_deg, coverage, visible_points, flags) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          uid, view.set, view.index, view.hdri, view.hdri_rotation_deg, view.coverage, view.visible_points,
          view.flags)
        .run();
  }
  scope.commit();
}

std::vector<View> views_of(Manifest& manifest, const std::string& uid, ViewSet set) {
  std::vector<View> views;
  Query query(manifest,
              "SELECT view, hdri, hdri_rotation_deg, coverage, visible_points, flags FROM view "
              "WHERE uid = ? AND view_set = ? ORDER BY view",
              uid, set);
  while (query.step()) {
    views.push_back({uid, set, query.small_integer(0), query.text(1), query.real(2), query.real(3),
                     query.integer(4), query.named_set<ViewFlag>(5)});
  }
  return views;
}

void replace_boxes(Manifest& manifest, const std::string& uid, const std::string& part,
                   const std::vector<Box>& boxes) {
  WriteScope scope(manifest);
  Query(manifest, "DELETE FROM box WHERE uid = ? AND part = ?", uid, part).run();
  for (const Box& box : boxes) {
    Query(manifest,
          "INSERT INTO box (uid, part, view, pass, sample, box_index, request_id, x1, y1, x2, y2, flag) "
          "VALUES (?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?)",
          uid, part, box.view, box.pass, box.sample, box.index, box.request_id, box.pixels.x1, box.pixels.y1,
          box.pixels.x2, box.pixels.y2, box.flag)
        .run();
  }
  scope.commit();
}

std::vector<Box> boxes_of(Manifest& manifest, const std::string& uid, const std::string& part) {
  std::vector<Box> boxes;
  Query query(manifest,
              "SELECT view, sample, box_index, pass, coalesce(request_id, 0), x1, y1, x2, y2, flag FROM box "
              "WHERE uid = ? AND part = ? ORDER BY view, pass, sample, box_index",
              uid, part);
  while (query.step()) {
    Box box;
    box.uid = uid;
    box.part = part;
    box.view = query.small_integer(0);
    box.sample = query.small_integer(1);
    box.index = query.small_integer(2);
    box.pass = query.small_integer(3);
    box.request_id = query.integer(4);
    box.pixels = {query.small_integer(5), query.small_integer(6), query.small_integer(7),
                  query.small_integer(8)};
    box.flag = query.named<BoxFlag>(9);
    boxes.push_back(std::move(box));
  }
  return boxes;
}

void replace_pair_boxes(Manifest& manifest, const PairBoxKey& key, const std::vector<Box>& boxes) {
  WriteScope scope(manifest);
  Query(manifest, "DELETE FROM pair_box WHERE uid = ? AND subject = ? AND name = ? AND vlm = ?", key.uid,
        key.subject, key.name, key.vlm)
      .run();
  for (const Box& box : boxes) {
    Query(
        manifest,
        "INSERT INTO pair_box (uid, subject, name, vlm, view, sample, box_index, request_id, x1, y1, x2, y2, "
        "flag) VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?)",
        key.uid, key.subject, key.name, key.vlm, box.view, box.sample, box.index, box.request_id,
        box.pixels.x1, box.pixels.y1, box.pixels.x2, box.pixels.y2, box.flag)
        .run();
  }
  scope.commit();
}

std::vector<Box> pair_boxes_of(Manifest& manifest, const PairBoxKey& key) {
  std::vector<Box> boxes;
  Query query(manifest,
              "SELECT view, sample, box_index, coalesce(request_id, 0), x1, y1, x2, y2, flag FROM pair_box "
              "WHERE uid = ? AND subject = ? AND name = ? AND vlm = ? ORDER BY view, sample, box_index",
              key.uid, key.subject, key.name, key.vlm);
  while (query.step()) {
    Box box;
    box.uid = key.uid;
    box.part = key.name;
    box.view = query.small_integer(0);
    box.sample = query.small_integer(1);
    box.index = query.small_integer(2);
    box.request_id = query.integer(3);
    box.pixels = {query.small_integer(4), query.small_integer(5), query.small_integer(6),
                  query.small_integer(7)};
    box.flag = query.named<BoxFlag>(8);
    boxes.push_back(std::move(box));
  }
  return boxes;
}

std::map<std::string, std::set<std::string>> models_of_locate(Manifest& manifest) {
  std::map<std::string, std::set<std::string>> models;
  Query query(manifest,
              "SELECT DISTINCT vlm, coalesce(model, '') FROM pair_box LEFT JOIN request ON request.id = "
              "pair_box.request_id");
  while (query.step()) {
    std::set<std::string>& of_run = models[query.text(0)];
    if (!query.text(1).empty()) of_run.insert(query.text(1));
  }
  return models;
}

void upsert_part_support(Manifest& manifest, const PartSupport& support) {
  Query(
      manifest,
      "INSERT OR REPLACE INTO part_support (uid, part, views_with_boxes, views_used, boxes, visible_points, "
      "positive_points, heat_max, doubt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, CASE WHEN ?9 >= 0 THEN ?9 END)",
      support.uid, support.part, support.views_with_boxes, support.views_used, support.boxes,
      support.visible_points, support.positive_points, support.heat_max, support.doubt)
      .run();
}

std::optional<PartSupport> find_part_support(Manifest& manifest, const std::string& uid,
                                             const std::string& part) {
  Query query(manifest,
              "SELECT views_with_boxes, views_used, boxes, visible_points, positive_points, heat_max, "
              "coalesce(doubt, -1) FROM part_support WHERE uid = ? AND part = ?",
              uid, part);
  if (!query.step()) return std::nullopt;
  return PartSupport{uid,
                     part,
                     query.small_integer(0),
                     query.small_integer(1),
                     query.small_integer(2),
                     query.integer(3),
                     query.integer(4),
                     query.real(5),
                     query.real(6)};
}

void replace_masks(Manifest& manifest, const std::string& uid, const std::string& part,
                   const std::vector<MaskRecord>& masks) {
  WriteScope scope(manifest);
  Query(manifest, "DELETE FROM mask WHERE uid = ? AND part = ?", uid, part).run();
  for (const MaskRecord& mask : masks) {
    Query(manifest, "INSERT INTO mask (uid, part, view, pixels, branch) VALUES (?, ?, ?, ?, ?)", uid, part,
          mask.view, mask.pixels, mask.branch)
        .run();
  }
  scope.commit();
}

std::vector<MaskRecord> masks_of(Manifest& manifest, const std::string& uid) {
  std::vector<MaskRecord> masks;
  Query query(manifest, "SELECT part, view, pixels, branch FROM mask WHERE uid = ? ORDER BY part, view", uid);
  while (query.step())
    masks.push_back(
        {uid, query.text(0), query.small_integer(1), query.integer(2), query.named<MaskBranch>(3)});
  return masks;
}

}  // namespace funcorr
