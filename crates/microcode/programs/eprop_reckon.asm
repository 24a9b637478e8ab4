; LIF neuron for per-neuron e-prop after the ReckOn chip: a step for psi, soft or hard reset at once.
;
;   x   = min(max(trunc(v * keep_v / 2^v_shift) + a0 + bias, v_min), v_max)
;   psi = psi_value if psi_from <= x < psi_to else 0
;   spike iff x >= threshold;  v' = x if none, 0 if hard = 1, else x - threshold
;   y1 = psi; y2, y3 = the learning signal of port 1, see the fragment learning_signal
;
; threshold >= 0. v_min and v_max are those of a 16-bit membrane. Sums saturate at 24 bit.
.program eprop_reckon
.spike binary
.state v
.param shared keep_v
.param shared v_shift = 15
.param neuron bias = 0
.param shared threshold
.param shared hard = 0
.param shared psi_from
.param shared psi_to = 8388607
.param shared psi_value = 1
.param shared v_min = -32768
.param shared v_max = 32767

        RDC     r0, a0
        MOV     r1, v
        MUL_SHR r1, r1, keep_v, v_shift
        ADDS    r1, r1, r0, bias
        MIN     r1, r1, v_max
        LT      r1, v_min
        SEL     r1, v_min, r1
        GE      r1, psi_from
        SEL     r8, psi_value, 0
        LT      r1, psi_to
        SEL     r8, r8, 0           ; psi
        MOV     r9, 0
        GE      r1, threshold
        JMP_NC  quiet
        SPIKE
        MOV     r9, 1
        EQ      hard, 1
        NEG     r2, threshold
        ADD     r2, r1, r2
        SEL     r1, 0, r2
quiet:  RMW     _, v, r1
.include "learning_signal"
