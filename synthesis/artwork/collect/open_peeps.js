// Writes SVG files of Open Peeps, whole persons: node open_peeps.js PACKAGE FOLDER
// PACKAGE is react-peeps, unpacked; react and react-dom must be in NODE_PATH.
const fs = require('fs');
const path = require('path');
const React = require('react');
const {renderToStaticMarkup} = require('react-dom/server');

const [packageFolder, folder] = process.argv.slice(2);
const peeps = require(path.join(packageFolder, 'lib/peeps/index.js'));

// A generator of our own, so that each run draws the same persons.
let seed = 7;
const below = n => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.floor(seed / 65536) % n;
};
const oneOf = list => list[below(list.length)];

// No animals, masks or monsters.
const hairs = Object.keys(peeps.Hair).filter(name => !/Bear|MohawkDino|DocShield/.test(name));
const faces = Object.keys(peeps.Face).filter(name => !/Monster|Cyclops/.test(name));
const accessories = Object.keys(peeps.Accessories);
const beards = Object.keys(peeps.FacialHair);
const fills = ['#ffffff', '#f6ead0', '#e8c7a0', '#c98f62', '#8b5a36', '#ffffff', '#f3d9b8', '#d9e4ea'];
const strokes = ['#000000', '#000000', '#3b2415', '#20304a', '#000000'];

function person(body) {
  return React.createElement(peeps.default, {
    body,
    face: oneOf(faces),
    hair: oneOf(hairs),
    accessory: below(4) ? 'None' : oneOf(accessories),
    facialHair: below(3) ? 'None' : oneOf(beards),
    strokeColor: oneOf(strokes),
    backgroundColor: oneOf(fills),
    viewBox: {x: -600, y: -600, width: 2400, height: 4200},
  });
}

function write(pose, body, variant) {
  const svg = renderToStaticMarkup(person(body));
  // Only now, as the next persons depend on what was drawn.
  if (/bike|wheelchair/i.test(body)) return;
  const file = path.join(folder, `${pose}-${body.toLowerCase()}-${variant}.svg`);
  fs.writeFileSync(file, svg.replace(/<svg /g, '<svg xmlns="http://www.w3.org/2000/svg" '));
}

for (const body of Object.keys(peeps.StandingPose)) {
  write('standing', body, 0);
  write('standing', body, 1);
}
for (const body of Object.keys(peeps.SittingPose)) write('sitting', body, 0);
