; Neuron of the SRNN line: adapted threshold, soft reset by the adapted threshold one step later.
;
;   b'  = trunc(b * keep_b / 2^b_shift) + (b_step if it spiked in the step before, else 0)
;   th  = theta0 + trunc(b' * beta / 2^beta_shift)
;   in  = trunc(s0 * gain / 2^gain_shift)
;   v'  = trunc(v * keep_v / 2^v_shift) + in + bias - (th if it spiked in the step before, else 0)
;   spike iff v' > th
;
; Float: b <- rho b + (1 - rho) z, B = b0 + beta b, v <- alpha v + (1 - alpha) I - B z, z = v > B.
; keep_v = alpha 2^v_shift, keep_b = rho 2^b_shift; (1 - alpha) goes into gain, which each neuron
; has for itself; b_step = (1 - rho) times the scale of b. Sums saturate at 24 bit.
.program srnn
.spike binary
.state v b z
.param neuron keep_v
.param neuron keep_b
.param neuron b_step
.param neuron gain = 64
.param neuron bias = 0
.param shared beta
.param shared beta_shift = 12
.param shared theta0
.param shared v_shift = 12
.param shared b_shift = 12
.param shared gain_shift = 0

        MOV     r0, z
        EQ      r0, 0
        MOV     r1, b
        MUL_SHR r1, r1, keep_b, b_shift
        SEL     r2, 0, b_step
        ADDS    r1, r1, r2
        RMW     _, b, r1
        MUL_SHR r3, r1, beta, beta_shift
        ADDS    r3, r3, theta0      ; th
        NEG     r4, r3
        SEL     r4, 0, r4
        RDC     r5, s0
        MUL_SHR r5, r5, gain, gain_shift
        ADDS    r5, r5, bias
        MOV     r6, v
        MUL_SHR r6, r6, keep_v, v_shift
        ADDS    r6, r6, r5, r4
        RMW     _, v, r6
        LT      r3, r6
        SEL     r0, 1, 0
        RMW     _, z, r0
        SKP_NC  1
        SPIKE
