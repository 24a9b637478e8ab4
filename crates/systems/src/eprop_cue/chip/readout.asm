; Readout of the cue network: leaky integrator; while the host sends targets, its error.
;
;   v'    = trunc(v * keep_v / 4096) + a0
;   y     = trunc(v' / 2^y_shift);  target = s1, 0 for none
;   with a target: error = min(max(y, -limit), limit) - target
;       y2 = min(max(error, 0) >> trace_shift, 127);  y3 the same of -error
;       spike with payload error if that is not 0
;   without: y2 = y3 = 0
.program cue_readout
.spike graded24
.state v
.probe y error
.param shared keep_v
.param shared y_shift
.param shared limit
.param shared trace_shift = 0

        RDC     r0, a0
        MOV     r1, v
        MUL_SHR r1, r1, keep_v, 12
        ADDS    r1, r1, r0
        RMW     _, v, r1
        MUL_SHR r1, r1, 1, y_shift
        PROBE   y, r1
        RDC     r2, s1
        MIN     r1, r1, limit
        NEG     r3, limit
        LT      r1, r3
        SEL     r1, r3, r1
        NEG     r3, r2
        ADDS    r1, r1, r3
        EQ      r2, 0
        SEL     r1, 0, r1           ; error
        PROBE   error, r1
        MUL_SHR r2, r1, 1, trace_shift
        TRC     2, r2
        NEG     r2, r2
        TRC     3, r2
        EQ      r1, 0
        SKP_C   1
        SPIKE   r1
