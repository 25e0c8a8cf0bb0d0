#!/bin/sh
# pack.sh: makes .gpu/pack.tar.xz of all that run.sh needs on a machine with a graphics card that has Python with PyTorch, but
# neither Node nor a network. Linux on x86-64; the packages must be built. Takes two minutes, most of them compressing.
set -eu
cd "$(dirname "$0")/../.."
shared=${LATENTKIT_SHARED:-../shared}
pack=.gpu/pack downloads=node_modules/.cache/latentkit-gpu
rm -rf .gpu
mkdir -p "$pack" $downloads

# Programs
node_modules/.bin/tsup --config bench/gpu/tsup.config.ts --silent
mv .gpu/programs "$pack/programs"
echo '{ "type": "module" }' >"$pack/programs/package.json"
cp -r packages/backend-web/dist/standalone "$pack/programs/web"
cp bench/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm "$pack/programs/web/"
node bench/gpu/pack-picture.mjs docs/coffee-small.png "$pack/picture.rgb"

# onnxruntime-node, without what is for other systems
runtime=$(readlink -f bench/node_modules/onnxruntime-node)
mkdir -p "$pack/node_modules/onnxruntime-node/bin/napi-v6/linux"
cp -r "$runtime/package.json" "$runtime/dist" "$pack/node_modules/onnxruntime-node/"
cp -r "$runtime/bin/napi-v6/linux/x64" "$pack/node_modules/onnxruntime-node/bin/napi-v6/linux/"
cp -rL "$runtime/../onnxruntime-common" "$pack/node_modules/"
rm -r "$pack/node_modules/onnxruntime-common/lib"
find "$pack" -name '*.map' -delete

# Node, Dawn for it, and the Vulkan loader
strip -s "$(readlink -f "$(command -v node)")" -o "$pack/node"
webgpu=webgpu-0.6.2
test -f $downloads/$webgpu.tgz || npm pack --silent --pack-destination $downloads "webgpu@${webgpu#webgpu-}" >&2
tar -xzf $downloads/$webgpu.tgz -O package/dist/linux-x64/dawn.node >"$pack/dawn.node"
strip -s "$pack/dawn.node"
mkdir -p "$pack/lib/spare" $downloads/debs
# The driver may want libraries of X, though it draws in no window.
packages='libvulkan1 libegl1 libglvnd0 libglx0 libx11-6 libxext6 libxcb1 libxau6 libxdmcp6 libbsd0 libmd0'
ls $downloads/debs/*.deb >/dev/null 2>&1 || (cd $downloads/debs && apt-get download -q $packages >&2)
for deb in $downloads/debs/*.deb; do dpkg -x "$deb" $downloads/root; done
find $downloads/root -name 'lib*.so.*' -exec cp -P {} "$pack/lib/spare/" \;
mv "$pack"/lib/spare/libvulkan.so.* "$pack/lib/"

# Configurations and the lists of weights
cp -r "$shared/facts/configs/hf" "$pack/model"
chmod -R u+w "$pack/model"
for part in unet vqvae; do cp "$shared/fixtures/fullsize/${part}_parameters.json" "$pack/model/$part/parameters.json"; done

# Machine code packs better when jumps are written as addresses.
tar -cf - -C "$pack" . | xz -T1 --x86 --lzma2=preset=${LATENTKIT_PRESET:-9e},dict=256MiB >.gpu/pack.tar.xz
rm -r "$pack"
du -h .gpu/pack.tar.xz
