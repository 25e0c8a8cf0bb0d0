#!/bin/sh
# run.sh PACK WORK_FOLDER RESULTS_FOLDER SECONDS: measures onnxruntime-node and onnxruntime-web on the graphics card against
# PyTorch on the same card, with what pack.sh made. Each part has a limit of its own, and all together end within SECONDS; what
# is known by then is in RESULTS_FOLDER: gpu.md, gpu.jsonl and gpu.log.
#
# For a trial on a processor: LATENTKIT_SIDES=8 LATENTKIT_PICTURE=8 LATENTKIT_QUICK=1 LATENTKIT_PATIENCE=20, the last for limits
# 20 times as long.
set -u
begun=$(date +%s)
pack=$1 work=$2 out=$3 end=$((begun + $4 - 5))
here=$(cd "$(dirname "$0")" && pwd)
sides=${LATENTKIT_SIDES:-64 128}
first=${sides%% *}
model=$work/model
results=$out/gpu.jsonl
mkdir -p "$work" "$out"
exec >>"$out/gpu.log" 2>&1

python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$pack" "$work"
python3 "$here/make_weights.py" "$model" $sides
echo "== ready after $(($(date +%s) - begun)) s"
nproc
nvidia-smi
export DAWN_NODE="$work/dawn.node" XDG_RUNTIME_DIR="$work" ORT_DISABLE_TELEMETRY=1
export PYTHONUNBUFFERED=1 OMP_NUM_THREADS=4 TORCHINDUCTOR_COMPILE_THREADS=4 TORCHINDUCTOR_CACHE_DIR="$work/inductor"

# part NAME SECONDS PROGRAM ARGUMENT …: runs it unless the time is up; whatever comes of it, the next one follows.
part() {
  name=$1 limit=$(($2 * ${LATENTKIT_PATIENCE:-1})) left=$((end - $(date +%s)))
  shift 2
  test "$limit" -gt "$left" && limit=$left
  read -r load _ </proc/loadavg
  echo "== $name: $limit s of $left s left, load $load"
  test "$limit" -lt 3 && return 1
  python3 "$here/sample_memory.py" "$results" "$name" "$limit" "$@"
}
in_node() {
  name=$1 limit=$2 program=$3
  shift 3
  set -- "$work/node" ${flags:-} "$work/programs/$program.js" "$@"
  part "$name" "$limit" env LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "$@"
}
in_torch() {
  name=$1 limit=$2
  shift 2
  part "$name" "$limit" python3 "$here/torch_steps.py" "$model" "$results" "$@"
}

# The driver is found by itself, or where this kind of machine has it, or it wants libraries of X that are not there.
libraries=$work/lib
nvidia=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
found() {
  in_node "$1" 8 web-device "$results" || return 1
  # A processor that acts as a card is not what is wanted where there is one.
  case $(cat "$results") in *NVIDIA*) ;; *) ! test -f $nvidia ;; esac
}
found 'adapter' || {
  test -f $nvidia && export VK_DRIVER_FILES=$nvidia
  found 'adapter, driver named'
} || {
  libraries=$work/lib:$work/lib/spare
  found 'adapter, with more libraries'
}

in_node "node webgpu float32 $first" 40 node-steps "$model" "$results" webgpu float32 "$first"
in_node "node webgpu float16 $first" 40 node-steps "$model" "$results" webgpu float16 "$first"
in_torch 'torch eager' 45 eager $sides
for side in ${sides#"$first"}; do
  in_node "node webgpu float32 $side" 40 node-steps "$model" "$results" webgpu float32 "$side"
  in_node "node webgpu float16 $side" 40 node-steps "$model" "$results" webgpu float16 "$side"
done
in_node 'node small model' 40 node-upscale "$here/../../packages/ldm-sr-tiny/model" "$results" "$work/picture.rgb" \
  "${LATENTKIT_PICTURE:-128}" 1
in_node 'node cuda' 6 node-device "$results" cuda
in_node 'node webgpu' 6 node-device "$results" webgpu
# V8's fast compiler is enough where each of many workers compiles the runtime for a few calls.
flags=--liftoff-only
in_node 'web conformance' 25 web-conformance "$results"
flags=
in_node "web webgpu float32 $first" 30 web-steps "$model" "$results" "$first" float32
in_node "web webgpu float32 $first, resident" 30 web-resident "$model" "$results" "$first" float32 "${LATENTKIT_STEPS:-10}"
in_torch 'torch compiled' 45 compiled "$first"
in_node "decoder $first" 25 node-decoder "$model" "$results" "$first" cpu webgpu
in_node "web webgpu float16 $first" 30 web-steps "$model" "$results" "$first" float16

python3 "$here/summarise.py" "$results" "$model/outputs" >"$out/gpu.md"
echo "== done after $(($(date +%s) - begun)) s"
