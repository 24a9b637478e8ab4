; Leaky integrator that sends its error against a target, and learns from it by pulses of chance.
;
;   v'     = trunc(v * keep_v / 4096) + a0 + bias
;   y      = trunc(v' / 2^y_shift)
;   error  = y - s1                          s1: the target of this step, from the host
;   learns = 1 if gate = 0 or s1 is not 0
;   spike with payload error iff learns and error is not 0
;   y1 = 0; y2, y3 = pulses of error (0 unless it learns), see the fragment stochastic_pulses
;
; gate 1: errors count only in steps with a target, so that whoever sends targets decides when to
; learn. Sums saturate at 24 bit. Probes: y, error.
.program eprop_readout
.spike graded24
.state v
.probe y error
.param shared keep_v
.param neuron bias = 0
.param shared y_shift
.param shared gate = 0

        RDC     r0, a0
        MOV     r1, v
        MUL_SHR r1, r1, keep_v, 12
        ADDS    r1, r1, r0, bias
        RMW     _, v, r1
        MUL_SHR r1, r1, 1, y_shift
        PROBE   y, r1
        RDC     r2, s1
        NEG     r3, r2
        ADDS    r10, r1, r3
        PROBE   error, r10
        EQ      r2, 0
        SEL     r4, gate, 0         ; 1 if it must not learn
        EQ      r4, 0
        SEL     r10, r10, 0
        EQ      r10, 0
        SKP_C   1
        SPIKE   r10
.include "stochastic_pulses"
