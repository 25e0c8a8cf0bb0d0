#!/bin/sh
# on-processor.sh FOLDER [SIDE [ROUNDS]]: the full-size UNet through our Node backend and in PyTorch, both on this processor, in turn.
# Needs `npm run setup`, the folder `shared` beside the repository, and a Python with PyTorch and numpy (`LATENTKIT_PYTHON`).
# Prints a table; the networks (625 MiB), the results and what the networks gave are in FOLDER.
set -eu
folder=$1 side=${2:-64} rounds=${3:-3}
here=$(cd "$(dirname "$0")" && pwd)
shared=${LATENTKIT_SHARED:-$here/../../../shared}
python=${LATENTKIT_PYTHON:-python3}
results=$folder/results.jsonl
mkdir -p "$folder"
cp -r "$shared/facts/configs/hf/." "$folder"
for part in unet vqvae; do cp "$shared/fixtures/fullsize/${part}_parameters.json" "$folder/$part/parameters.json"; done
"$python" "$here/make_weights.py" "$folder" "$side"
rm -f "$results"
export ORT_DISABLE_TELEMETRY=1 OMP_NUM_THREADS="${OMP_NUM_THREADS:-$(nproc)}"
cd "$here/.."
for _ in $(seq "$rounds"); do
  "$python" gpu/torch_steps.py "$folder" "$results" eager "$side" >&2
  for way in direct winograd; do node_modules/.bin/tsx gpu/node-steps.ts "$folder" "$results" cpu float32 "$side" $way >&2; done
done
"$python" gpu/summarise.py "$results" "$folder/outputs"
