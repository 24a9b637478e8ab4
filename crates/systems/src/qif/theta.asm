; Oscillating quadratic integrate-and-fire (theta) neuron in projective coordinates: V - 1/2 = -c / s.
;
; V' = V (V - 1) + I0 turns (c, s) by a fixed angle a step, an input w is c <- c - w s: both are exact
; for a step of any length, and nothing is infinite at a spike. c is kept half a turn ahead, so that
; the second half of one step and the first of the next are one product:
;
;   s'  = s + round(c * sine / 2^(turn_shift + 4))
;   if s0 is not 0:  (c, s') = (c, s') / 32;  c = c - trunc(s' * s0 / 2^sum_shift);
;                    then both are shifted by 2, 4, 2, 1 places towards 2^20 <= |c| + s' < 2^21
;   c'  = c - round(s' * tangent / 2^(turn_shift + 4))
;   spike iff s' + trunc(c' * early / 2^early_shift) <= 0;  then c' = -c', s' = -s'
;
; sine, tangent / 2 and early are those of the turn: sin(d), tan(d / 2), sin(3d / 2) cos(d / 2) / cos(d).
; It spikes a step early, and half of one, because a spike takes a step to arrive. sum_shift is the
; exponent of the neuron's weights.
.program theta
.spike binary
.state c s
.param shared sine
.param shared tangent
.param shared turn_shift
.param shared early
.param shared early_shift
.param neuron sum_shift

        MOV     r0, c
        MOV     r1, s
        MUL_SHR r2, r0, sine, turn_shift
        ADD     r2, r2, 8
        SHL     r2, r2, -4
        ADD     r1, r1, r2
        RDC     r3, s0
        EQ      r3, 0
        JMP_C   turn
        SHL     r0, r0, -5
        SHL     r1, r1, -5
        MUL_SHR r2, r1, r3, sum_shift
        NEG     r2, r2
        ADD     r0, r0, r2
        NEG     r4, r0
        LT      r0, 0
        SEL     r4, r4, r0
        ADD     r4, r4, r1          ; |c| + s
        GE      r4, 2097152
        SEL     r5, -2, 0
        SHL     r0, r0, r5
        SHL     r1, r1, r5
        SHL     r4, r4, r5
        LT      r4, 131072
        SEL     r5, 4, 0
        SHL     r0, r0, r5
        SHL     r1, r1, r5
        SHL     r4, r4, r5
        LT      r4, 524288
        SEL     r5, 2, 0
        SHL     r0, r0, r5
        SHL     r1, r1, r5
        SHL     r4, r4, r5
        LT      r4, 1048576
        SEL     r5, 1, 0
        SHL     r0, r0, r5
        SHL     r1, r1, r5
turn:   MUL_SHR r2, r1, tangent, turn_shift
        ADD     r2, r2, 8
        SHL     r2, r2, -4
        NEG     r2, r2
        ADD     r0, r0, r2
        MUL_SHR r2, r0, early, early_shift
        ADD     r2, r2, r1
        LT      r2, 1
        JMP_NC  quiet
        SPIKE
        NEG     r0, r0
        NEG     r1, r1
quiet:  RMW     _, c, r0
        RMW     _, s, r1
