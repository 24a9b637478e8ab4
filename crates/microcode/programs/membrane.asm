; Fragment: the membrane before the spike test, as the fixed compartment has it (NC-003, NC-010).
;
;   r2 = clip(trunc(v * keep_v / 4096) + r0 + bias, v_min, v_max)
;
; Takes its input from r0, leaves r2; v itself is not written. keep_v is 4096 - voltage decay.
.state v
.param shared keep_v
.param neuron bias = 0
.param shared v_min = -8388607
.param shared v_max = 8388607

        MOV     r2, v
        MUL_SHR r2, r2, keep_v, 12
        ADDS    r2, r2, r0, bias
        MIN     r2, r2, v_max
        LT      r2, v_min
        SEL     r2, v_min, r2
