; Readout of the cue network: leaky integrator; while the host sends targets, its error.
;
;   v'    = trunc(v * keep_v / 4096) + a0
;   y     = trunc(v' / 2^y_shift);  target = s1, 0 for none
;   with a target: error = min(max(y, -limit), limit) - target, else 0
;   spike with payload error if that is not 0
;   y2, y3 = pulses of error, see the fragment stochastic_pulses
.program cue_readout
.spike graded24
.state v
.probe y error
.param shared keep_v
.param shared y_shift
.param shared limit

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
        SEL     r10, 0, r1          ; error
        PROBE   error, r10
        EQ      r10, 0
        SKP_C   1
        SPIKE   r10
.include "stochastic_pulses"
