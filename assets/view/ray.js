// The relief's geometry: where a point of space is on its canvas, and which point of the surface lies under a finger.

const transformed = (m, v) => [0, 1, 2, 3].map(row => v.reduce((sum, x, k) => sum + m[4 * k + row] * x, 0));

export function projector({ matrices, scale }, { clientWidth, clientHeight }) {  // (x, y, z) -> [pixel, pixel, distance], a distance <= 0 is behind the eye
  return (x, y, z) => {
    const [u, v, , w] = matrices.reduce((point, matrix) => transformed(matrix, point), [x * scale[0], y * scale[1], z * scale[2], 1]);
    return [(0.5 + u / w / 2) * clientWidth, (0.5 - v / w / 2) * clientHeight, w];
  };
}

// The nearest point of the surface { x, y, z } that is drawn inside `bounds` and seen at pixel (px, py): each cell of the grid is two triangles.
export function struck({ x, y, z }, project, bounds, px, py) {
  const rows = Array.from(y, (b, j) => Array.from(x, (a, i) => (Number.isFinite(z[j][i]) ? { at: [a, b, z[j][i]], seen: project(a, b, z[j][i]) } : null)));
  const inside = point => point.every((value, k) => value >= bounds[0][k] && value <= bounds[1][k]);
  let nearest;
  const meet = (...corners) => {
    if (corners.some(corner => !corner || corner.seen[2] <= 0)) return;
    const [[ax, ay, aw], [bx, by, bw], [cx, cy, cw]] = corners.map(corner => corner.seen), area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    const second = ((px - ax) * (cy - ay) - (cx - ax) * (py - ay)) / area, third = ((bx - ax) * (py - ay) - (px - ax) * (by - ay)) / area;
    if (!(second >= 0 && third >= 0 && second + third <= 1)) return;
    const shares = [(1 - second - third) / aw, second / bw, third / cw], distance = 1 / (shares[0] + shares[1] + shares[2]);  // in perspective
    const point = [0, 1, 2].map(k => distance * shares.reduce((sum, share, corner) => sum + share * corners[corner].at[k], 0));
    if (inside(point) && !(nearest?.distance <= distance)) nearest = { a: point[0], b: point[1], distance };
  };
  for (let j = 1; j < rows.length; j++) {
    for (let i = 1; i < x.length; i++) {
      meet(rows[j - 1][i - 1], rows[j - 1][i], rows[j][i - 1]);
      meet(rows[j][i], rows[j - 1][i], rows[j][i - 1]);
    }
  }
  return nearest;
}
