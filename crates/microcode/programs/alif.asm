; LIF with adaptive threshold and a decaying refractory offset, after Lava's definition.
;
;   u'  = wrap24(trunc(u * keep_u / 4096) + a0)
;   v'  = clip(trunc(v * keep_v / 4096) + u' + bias, v_min, v_max)       v is not reset
;   th  = theta0 + trunc(adapt * keep_th / 4096)
;   r   = trunc(refr * keep_r / 4096)
;   spike iff v' >= th + r;  then refr' = r + 2 th, adapt' = th - theta0 + theta_step;  else refr' = r, adapt' = th - theta0
;
; adapt is the threshold above theta0. Sums saturate at 24 bit.
.program alif
.spike binary
.include "current"
.include "membrane"
.state adapt refr
.param shared theta0
.param shared keep_th
.param shared keep_r
.param shared theta_step

        RMW     _, v, r2
        MOV     r3, adapt
        MUL_SHR r3, r3, keep_th, 12
        MOV     r4, refr
        MUL_SHR r4, r4, keep_r, 12
        ADDS    r5, r3, theta0      ; th
        ADDS    r6, r5, r4
        GE      r2, r6
        JMP_NC  quiet
        SPIKE
        ADDS    r4, r4, r5, r5
        ADDS    r3, r3, theta_step
quiet:  RMW     _, adapt, r3
        RMW     _, refr, r4
