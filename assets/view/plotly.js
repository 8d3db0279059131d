// Plotly: the one file that touches what of plotly.js is not public; tests/ui/browser/test_plotly.py says on which version it was seen.

const NEARER = 6e-5;  // share of WebGL's range of depths
let loading;  // plotly.min.js, once a page

export function load(path) {  // public: the global that plotly.min.js makes
  if (window.Plotly?.react) return Promise.resolve(window.Plotly);
  loading ??= new Promise((done, fail) => {
    const script = document.createElement('script');
    const give = message => { loading = undefined; script.remove(); fail(new Error(message)); };
    script.src = new URL(path, document.baseURI);
    script.onload = () => (window.Plotly?.react ? done(window.Plotly) : give(`${script.src} is not Plotly`));
    script.onerror = () => give(`${script.src} was not served`);
    document.head.append(script);
  });
  return loading;
}

// ---- any picture ----------------------------------------------------------------------------------------------------------------

export function isDrawn(div) {  // private: _fullLayout is there from the first drawing until purge
  return Boolean(div._fullLayout);
}

export function size(div) {  // private: the sides that a picture was drawn with
  const { width, height } = div._fullLayout;
  return { width, height };
}

export function frame(div) {  // private: where the axes' frame lies in the picture, their ranges, and their maps from data to pixels and back
  const { xaxis, yaxis } = div._fullLayout ?? {};
  return xaxis && { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length, ranges: [...xaxis.range, ...yaxis.range].map(Number),
    across: x => xaxis.d2p(x), down: y => yaxis.d2p(y), x: pixel => xaxis.p2d(pixel), y: pixel => yaxis.p2d(pixel) };
}

export function ground(div) {  // private: _fullData has the traces with every default, a surface's table as rows of numbers
  return div._fullData?.find(trace => trace.meta?.role === 'ground');
}

function full(div, index) {  // private: the trace of that index in div.data; its uid names its group of SVG elements, and its WebGL object
  return div._fullData.find(trace => trace.index === index);
}

// ---- SVG: moved by hand, since restyle would compute the contours again ---------------------------------------------------------------

export function moveLine(div, index, outline) {  // private: a line's path element has the class js-line
  div.querySelector(`.trace${full(div, index).uid} .js-line`)?.setAttribute('d', outline);
}

export function movePoints(div, index, at) {  // private: a point's element knows its place in the trace by d3's __data__
  for (const point of div.querySelectorAll(`.trace${full(div, index).uid} .point`)) {
    const place = at(point.__data__.i);
    if (place) point.setAttribute('transform', `translate(${place.join()})`);
    point.style.display = place ? '' : 'none';
  }
}

export function stretch(div, moved, [left, top], sides) {  // private: the layers of a contour and the elements of its ticks
  const { left: x, top: y, width, height } = frame(div);
  for (const layer of div.querySelectorAll('.xy > .contourlayer, .xy > .heatmaplayer')) {
    if (moved) layer.setAttribute('transform', `matrix(${sides[0]} 0 0 ${sides[1]} ${left} ${top})`);
    else layer.removeAttribute('transform');
  }
  for (const mark of div.querySelectorAll('.xtick, .ytick')) {
    const along = mark.matches('.xtick') ? 0 : 1, place = mark.querySelector('text')?.transform.baseVal.consolidate()?.matrix;
    const was = [place?.e, place?.f][along] - [x, y][along], now = [left, top][along] + sides[along] * was;
    mark.style.transform = moved ? `translate${'XY'[along]}(${now - was}px)` : '';
    mark.style.visibility = now >= -1 && now <= [width, height][along] + 1 ? '' : 'hidden';
  }
}

// ---- hover labels ---------------------------------------------------------------------------------------------------------------

export function label(div, points) {  // private: the fourth argument keeps a label that nobody's pointer has asked for from being an event
  window.Plotly.Fx.hover(div, points, 'xy', true);
}

export function unlabel(div) {  // private: the same
  window.Plotly.Fx.unhover(div, undefined, 'xy', true);
}

// ---- WebGL ----------------------------------------------------------------------------------------------------------------------

function sceneOf(div) {  // private: the object that draws a relief; it has a glplot while WebGL is there
  const scene = div._fullLayout?.scene?._scene;
  return scene?.glplot && scene;
}

export function camera(div) {  // private: where the relief is looked at from now, also while a hand turns it
  return sceneOf(div)?.getCamera();
}

export function look(div, camera) {  // private: turns a relief without a relayout
  const scene = sceneOf(div);
  if (!scene) return;
  div.layout.scene.camera = camera;
  scene.setViewport({ ...div._fullLayout.scene, camera });
}

export function space(div) {  // private: the matrices from a relief's scaled coordinates to its canvas, and the box that is drawn
  const { glplot, dataScale } = sceneOf(div) ?? {};
  if (!glplot) return undefined;
  const { model, view, projection } = glplot.cameraParams;
  return { matrices: [model, view, projection], scale: dataScale, bounds: glplot.bounds.map(corner => corner.map((value, k) => value / dataScale[k])) };
}

export function bound(div, sides) {  // private: what a relief shows of its plane
  const { glplot, dataScale } = sceneOf(div) ?? {};
  if (!glplot) return;
  sides.forEach(([low, high], k) => { glplot.bounds[0][k] = low * dataScale[k]; glplot.bounds[1][k] = high * dataScale[k]; });
  glplot.redraw();
}

export function moveInSpace(div, places) {  // private: restyle would send the surface to the graphics card again; a trace's own update does not
  const scene = sceneOf(div);
  if (!scene) return;
  for (const [index, { x, y, z }] of places) {
    const trace = full(div, index);
    scene.traces[trace.uid]?.update?.({ ...trace, x, y, z });
  }
  scene.glplot.redraw();
}

export function amend(div, lost) {  // private: two things that Plotly leaves out of a relief
  const { glplot } = sceneOf(div) ?? {};
  if (!glplot) return;
  glplot.oncontextloss = lost;  // its own recovery waits for a restored context, which no browser sends
  glplot.objects.forEach((object, k) => {
    object.nearer = NEARER + k * NEARER / 20;  // later ones over earlier ones: a line over its casing, a mark over the line
    if (object.amended || object._trace?.data?.type === 'surface') return;
    object.amended = true;
    for (const name of ['draw', 'drawTransparent']) {  // paths and marks lie on the surface: a hair nearer, so that it does not half bury them
      const draw = object[name], { gl } = glplot;
      if (!draw) continue;
      object[name] = function (...context) {
        gl.depthRange(0, 1 - this.nearer);
        draw.apply(this, context);
        gl.depthRange(0, 1);
      };
    }
  });
}
