; Leaky integrate-and-fire with current and refractory hold: the fixed compartment, bit for bit.
;
;   u' = wrap24(trunc(u * keep_u / 4096) + a0)
;   x  = clip(trunc(v * keep_v / 4096) + u' + bias, v_min, v_max)      0 if hold > 1
;   spike iff x > threshold;  v' = 0 if spike else x
;   hold' = hold_steps if spike else max(hold - 1, 0)
;
; threshold >= 0; hold_steps is refractory_steps, but 0 where that is 1 (NC-008).
.program lif
.spike binary
.include "current"
.include "membrane"
.include "spike_and_hold"
