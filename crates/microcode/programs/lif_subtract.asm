; Leaky integrate-and-fire with soft reset: the threshold is subtracted in the step of the spike.
;
;   u' = wrap24(trunc(u * keep_u / 4096) + a0)
;   x  = clip(trunc(v * keep_v / 4096) + u' + bias, v_min, v_max)
;   spike iff x > threshold;  v' = x - threshold if spike else x
;
; threshold >= 0.
.program lif_subtract
.spike binary
.include "current"
.include "membrane"
.param shared threshold

        LT      threshold, r2
        JMP_NC  quiet
        SPIKE
        NEG     r3, threshold
        ADD     r2, r2, r3
quiet:  RMW     _, v, r2
