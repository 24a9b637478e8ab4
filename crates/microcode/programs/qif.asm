; Quadratic integrate-and-fire, one Euler step, spike at v_max, reset to -v_max, delta input.
;
;   p  = trunc(v * (v - one) / 2^square_shift)
;   x  = v + trunc(p * rate / 2^rate_shift) + drive + s0 * 2^in_shift
;   spike iff x >= v_max;  v' = -v_max if spike else max(x, -v_max)
;
; Float: V <- V + dt/tau (V (V - 1) + I0) + w. One unit of V is `one`; rate / 2^(square_shift + rate_shift)
; is dt / (tau one); drive is dt/tau I0 one. v_max^2 / 2^square_shift must stay below 2^23.
; Sums saturate at 24 bit.
.program qif
.spike binary
.state v
.param shared one = 4096
.param shared square_shift
.param shared rate
.param shared rate_shift
.param neuron drive
.param shared v_max
.param shared in_shift = 0

        RDC     r0, s0
        SHL     r0, r0, in_shift
        ADDS    r0, r0, drive
        MOV     r1, v
        NEG     r2, one
        ADDS    r2, r1, r2
        MUL_SHR r2, r1, r2, square_shift
        MUL_SHR r2, r2, rate, rate_shift
        ADDS    r1, r1, r2, r0
        NEG     r3, v_max
        LT      r1, r3
        SEL     r1, r3, r1
        GE      r1, v_max
        SEL     r1, r3, r1
        RMW     _, v, r1
        SKP_NC  1
        SPIKE
