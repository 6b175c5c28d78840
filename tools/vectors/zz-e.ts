import { collectEdges } from './edges.js';
import { differences } from './compare.js';
import { Native } from './native.js';
import { Ours } from './ours.js';
import { startOf } from './vector.js';
import { fx } from './state.js';
const ours = new Ours(); const native = new Native();
const vs = [1,2,3].flatMap(s=>collectEdges(s)); const exp = native.run(vs); native.dispose();
const h=(b:Uint8Array)=>[...b].reverse().map(x=>x.toString(16).padStart(2,'0')).join('');
let n=0;
for (const [i,v] of vs.entries()) { const d=ours.decodeAll(v); const l=differences(v,d,exp[i]!,ours.run(v)); if(!l.length) continue; n++;
 const st=startOf(v).fx; console.log(d[0]!.description.name, 'fcw',h(st.subarray(0,2)), [0,1].map(k=>h(st.subarray(fx.st+16*k+8,fx.st+16*k+10))+' '+h(st.subarray(fx.st+16*k,fx.st+16*k+8))).join(' | '), l.join(';')); }
console.log(vs.length,n);
