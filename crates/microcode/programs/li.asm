; Leaky integrator for readouts; sends its error against a target as a graded spike.
;
;   v'      = trunc(v * keep_v / 4096) + a0 + bias
;   y       = min(max(trunc(v' / 2^y_shift), y_min), y_max)
;   target' = trunc(target * keep_target / 4096) + s1 * 2^target_shift
;   error   = y - target'
;   spike with payload trunc(error / 2^error_shift) iff that is not 0, |error| >= error_min,
;   and always = 1 or s1 is not 0
;
; keep_target 0: a target is for the step in which it arrives; 4096: what arrives are changes of it.
; always 0: errors only in steps with a target, so that whoever sends targets decides when to learn.
; Sums saturate at 24 bit. Probes: y, error.
.program li
.spike graded24
.state v target
.probe y error
.param shared keep_v
.param neuron bias = 0
.param shared y_shift = 6
.param shared y_min = -8388608
.param shared y_max = 8388607
.param shared keep_target = 0
.param shared target_shift = 0
.param shared always = 1
.param shared error_min = 1
.param shared error_shift = 0

        RDC     r0, a0
        MOV     r1, v
        MUL_SHR r1, r1, keep_v, 12
        ADDS    r1, r1, r0, bias
        RMW     _, v, r1
        MUL_SHR r1, r1, 1, y_shift
        MIN     r1, r1, y_max
        LT      r1, y_min
        SEL     r1, y_min, r1       ; y
        PROBE   y, r1
        RDC     r2, s1
        SHL     r3, r2, target_shift
        MOV     r4, target
        MUL_SHR r4, r4, keep_target, 12
        ADDS    r4, r4, r3
        RMW     _, target, r4
        NEG     r4, r4
        ADDS    r4, r1, r4          ; error
        PROBE   error, r4
        EQ      r2, 0               ; no target
        SEL     r5, always, 1
        EQ      r5, 0
        JMP_C   done
        NEG     r5, r4
        LT      r4, 0
        SEL     r5, r5, r4          ; |error|
        LT      r5, error_min
        JMP_C   done
        MUL_SHR r4, r4, 1, error_shift
        EQ      r4, 0
        SKP_C   1
        SPIKE   r4
done:   END
