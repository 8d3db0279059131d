// The message from Python, unpacked: the board as ui/pictures/board.py makes it, and behind it this session's own values.

const KINDS = { f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };

function addressed(given) {
  const bytes = new Uint8Array(given.buffer ?? given, given.byteOffset ?? 0, given.byteLength), ends = bytes.length - 4;
  const begins = ends - new DataView(bytes.buffer, bytes.byteOffset).getUint32(ends, true);
  return { message: bytes.subarray(0, begins), own: JSON.parse(new TextDecoder().decode(bytes.subarray(begins, ends))) };
}

export async function unpacked(given) {  // as ui/browser/packing.py says
  const { message: bytes, own } = addressed(given);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  const content = await new Response(stream).arrayBuffer(), size = new DataView(content).getUint32(0, true);
  const { arrays, message } = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, size)));
  const kept = new Map(arrays.map(([name, kind, shape, start]) => {
    const length = shape.reduce((product, side) => product * side, 1), flat = new KINDS[kind](content, 4 + size + start, length);
    if (shape.length === 1) return [name, flat];
    return [name, { dtype: kind, bdata: flat.slice().buffer, shape: shape.join() }];  // as Plotly takes a grid
  }));
  const whole = tree => JSON.parse(JSON.stringify(tree), (key, value) => kept.get(value?.$) ?? value);
  const { pictures, ...rest } = message;
  return { ...whole(rest), ...own, pictures: pictures.map(item => picture(item, whole)) };
}

function picture({ figure, frames, links, ...rest }, whole) {  // a figure keeps its text, which tells at once whether it has changed
  return { ...rest, links: new Set(links), figure: Object.assign(whole(figure), { frames: whole(frames ?? []), text: JSON.stringify([figure, frames]) }) };
}
