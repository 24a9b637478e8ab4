; LIF with an after-hyperpolarising current: the two compartments of NC-045 in one neuron.
;
;   ahp' = clip(trunc(ahp * keep_ahp / 4096) + last, v_min, v_max)       last: jump if it spiked in the step before, else 0
;   u'   = wrap24(trunc(u * keep_u / 4096) + a0)
;   x    = clip(trunc(v * keep_v / 4096) + u' + (bias + ahp'), v_min, v_max)      0 if hold > 1
;   spike iff x > threshold;  v' = 0 if spike else x;  last' = jump if spike else 0
;   hold' = hold_steps if spike else max(hold - 1, 0)
;
; Equal to the two-compartment form bit for bit while |bias + ahp| < 2^23; that sum saturates here.
; jump is what one spike adds to the auxiliary compartment: -384 in the published network.
.program cuba_ahp
.spike binary
.include "current"
.state v ahp last hold
.param shared keep_v
.param shared keep_ahp
.param shared jump
.param neuron bias = 0
.param shared threshold
.param shared hold_steps = 0
.param shared v_min = -8388607
.param shared v_max = 8388607

        MOV     r4, ahp
        MUL_SHR r4, r4, keep_ahp, 12
        MOV     r5, last
        ADDS    r4, r4, r5
        MIN     r4, r4, v_max
        LT      r4, v_min
        SEL     r4, v_min, r4
        RMW     _, ahp, r4
        ADDS    r4, r4, bias
        MOV     r2, v
        MUL_SHR r2, r2, keep_v, 12
        ADDS    r2, r2, r0, r4
        MIN     r2, r2, v_max
        LT      r2, v_min
        SEL     r2, v_min, r2
        MOV     r3, hold
        GE      r3, 2
        SEL     r2, 0, r2
        ADD     r3, r3, -1
        LT      r3, 0
        SEL     r3, 0, r3
        LT      threshold, r2
        SEL     r3, hold_steps, r3
        SEL     r5, jump, 0
        RMW     _, hold, r3
        RMW     _, last, r5
        JMP_NC  quiet
        SPIKE
        MOV     r2, 0
quiet:  RMW     _, v, r2
