"""Renders a mesh file with Cycles: python3 render_peer.py JOB.json starts Blender, which runs this file again.

The job names `file`, `hdri`, `hdri_rotation` (degrees), `cameras` (a camera file that holds normalized_from_asset),
`samples`, `reference_samples`, `out` (a folder) and `threads`. Writes <out>/<samples>_<view>.exr, linear premultiplied
RGBA in float, of both numbers of samples; references that are there stay. Prints JSON: seconds of the start, of the
import and per view at `samples`, each on the clock and of CPU, and peak memory.
"""
import json
import math
import os
import resource
import subprocess
import sys
import time

try:
    import numpy as np

    np.bool = bool  # Blender 3.4's glTF importer uses the name that NumPy dropped

    import bpy
    from mathutils import Matrix
except ImportError:  # outside Blender
    blender = ["blender", "-b", "-noaudio", "--factory-startup", "-P", __file__, "--"]
    blender += [sys.argv[1], str(time.time())]
    for line in subprocess.run(blender, capture_output=True, text=True, check=True).stdout.splitlines():
        if line.startswith("PEER "):
            print(line.removeprefix("PEER "))
    sys.exit(0)

Z_UP_FROM_Y_UP = Matrix.Rotation(math.pi / 2, 4, "X")
REFERENCE_SEED = 1_000_000
BLENDER_FROM_OPENCV_CAMERA = Matrix.Diagonal((1, -1, -1, 1))


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Stopwatch:
    """Seconds since it was made, on the clock and of CPU."""

    def __init__(self, clock=None, cpu=None):
        self.clock = time.time() if clock is None else clock
        self.cpu = cpu_seconds() if cpu is None else cpu

    def seconds(self):
        return {"clock": time.time() - self.clock, "cpu": cpu_seconds() - self.cpu}


def peak_memory_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def import_mesh(path):
    extension = path.rsplit(".", 1)[-1].lower()
    if extension in ("glb", "gltf"):
        bpy.ops.import_scene.gltf(filepath=path)
    elif extension == "obj":
        bpy.ops.wm.obj_import(filepath=path, forward_axis="NEGATIVE_Z", up_axis="Y")
    else:
        raise SystemExit(f"render_peer.py reads glb, gltf and obj, not {path}")


def normalise(normalized_from_asset):
    """Moves every root object so that the z-up scene is the normalised object turned upright."""
    placed = Z_UP_FROM_Y_UP @ normalized_from_asset @ Z_UP_FROM_Y_UP.inverted()
    for item in list(bpy.context.scene.objects):
        if item.parent is None:
            item.matrix_world = placed @ item.matrix_world
    bpy.context.view_layer.update()


def light_by(hdri, rotation_degrees):
    world = bpy.data.worlds.new("environment")
    bpy.context.scene.world = world
    world.use_nodes = True
    nodes, links = world.node_tree.nodes, world.node_tree.links
    image = nodes.new("ShaderNodeTexEnvironment")
    image.image = bpy.data.images.load(hdri)
    mapping = nodes.new("ShaderNodeMapping")
    mapping.inputs["Rotation"].default_value[2] = math.radians(rotation_degrees)
    coordinates = nodes.new("ShaderNodeTexCoord")
    links.new(coordinates.outputs["Generated"], mapping.inputs["Vector"])
    links.new(mapping.outputs["Vector"], image.inputs["Vector"])
    links.new(image.outputs["Color"], nodes["Background"].inputs["Color"])
    world.cycles.sampling_method = "MANUAL"
    world.cycles.sample_map_resolution = image.image.size[0]


def add_camera(width, height, k, cam_from_world):
    data = bpy.data.cameras.new("camera")
    data.sensor_width = 36
    data.sensor_fit = "HORIZONTAL"
    data.lens = k[0] * 36 / width
    data.shift_x = (width / 2 - k[2]) / width
    data.shift_y = (k[5] - height / 2) / width
    data.clip_start, data.clip_end = 1e-3, 100
    camera = bpy.data.objects.new("camera", data)
    camera.matrix_world = Z_UP_FROM_Y_UP @ cam_from_world.inverted() @ BLENDER_FROM_OPENCV_CAMERA
    bpy.context.scene.collection.objects.link(camera)
    return camera


def configure(width, height, threads):
    scene = bpy.context.scene
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    render.film_transparent = True
    render.use_persistent_data = True
    render.threads_mode = "FIXED"
    render.threads = threads
    render.image_settings.file_format = "OPEN_EXR"
    render.image_settings.color_mode = "RGBA"
    render.image_settings.color_depth = "32"
    render.image_settings.exr_codec = "ZIP"
    scene.view_settings.view_transform = "Standard"
    cycles.device = "CPU"
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = False
    cycles.pixel_filter_type = "BLACKMAN_HARRIS"
    cycles.filter_width = 1.5
    cycles.max_bounces = 8
    cycles.diffuse_bounces = cycles.glossy_bounces = 4
    cycles.transmission_bounces = cycles.transparent_max_bounces = 8
    cycles.sample_clamp_direct = cycles.sample_clamp_indirect = 0


def matrix(rows):
    return Matrix([rows[i : i + 4] for i in range(0, 16, 4)])


def cam_from_world_of(view):
    if "cam_from_world" in view:
        flat = view["cam_from_world"]
        return matrix(flat + [0, 0, 0, 1] if len(flat) == 12 else flat)
    r, t = view["R"], view["t"]
    return matrix(r[0:3] + [t[0]] + r[3:6] + [t[1]] + r[6:9] + [t[2]] + [0, 0, 0, 1])


def render(camera, samples, seed, file):
    """Returns the seconds that it took, file included."""
    scene = bpy.context.scene
    scene.camera = camera
    scene.cycles.samples = samples
    scene.cycles.seed = seed
    scene.update_tag()  # persistent data ignores changed samples otherwise
    scene.render.filepath = file
    rendering = Stopwatch()
    bpy.ops.render.render(write_still=True)
    return rendering.seconds()


def main():
    job_file, started = sys.argv[sys.argv.index("--") + 1 :]
    with open(job_file) as stream:
        job = json.load(stream)
    with open(job["cameras"]) as stream:
        cameras = json.load(stream)
    report = {"start": Stopwatch(float(started), 0).seconds()}
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    importing = Stopwatch()
    import_mesh(job["file"])
    normalise(matrix(cameras["normalized_from_asset"]))
    light_by(job["hdri"], job.get("hdri_rotation", 0))
    width, height = cameras["width"], cameras["height"]
    configure(width, height, job.get("threads", 1))
    report["import"] = importing.seconds()
    views = [
        add_camera(width, height, view.get("K", cameras.get("K")), cam_from_world_of(view))
        for view in cameras["views"]
    ]
    report["views"] = [
        render(camera, job["samples"], index, f"{job['out']}/{job['samples']}_{index}.exr")
        for index, camera in enumerate(views)
    ]
    for index, camera in enumerate(views):
        reference = f"{job['out']}/{job['reference_samples']}_{index}.exr"
        if not os.path.exists(reference):
            render(camera, job["reference_samples"], REFERENCE_SEED + index, reference)
    report["peak_memory_mb"] = peak_memory_mb()
    print("PEER " + json.dumps(report), flush=True)


main()
