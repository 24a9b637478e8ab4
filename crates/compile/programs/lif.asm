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
.state hold
.param shared threshold
.param shared hold_steps = 0

        MOV     r3, hold
        GE      r3, 2
        SEL     r2, 0, r2           ; held at 0 (NC-013)
        ADD     r3, r3, -1
        LT      r3, 0
        SEL     r3, 0, r3
        LT      threshold, r2       ; strictly greater (NC-011)
        SEL     r3, hold_steps, r3
        RMW     _, hold, r3
        JMP_NC  quiet
        SPIKE
        MOV     r2, 0
quiet:  RMW     _, v, r2
