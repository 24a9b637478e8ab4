; Leaky integrate-and-fire whose synapses have a factor for each neuron; otherwise as lif.
;
;   u' = wrap24(trunc(u * keep_u / 4096) + wrap24(trunc(s0 * scale / 2^scale_shift)))
;   x  = clip(trunc(v * keep_v / 4096) + u' + bias, v_min, v_max)      0 if hold > 1
;   spike iff x > threshold;  v' = 0 if spike else x
;   hold' = hold_steps if spike else max(hold - 1, 0)
;
; With scale = 64 and scale_shift = 0 it is lif, but for sums beyond 16 bit.
.program lif_scaled
.spike binary
.include "scaled_current"
.include "membrane"
.include "spike_and_hold"
