; Resonate-and-fire with graded output: rotated and decayed each step, a spike when the phase wraps.
;
;   re' = trunc(re * cos / 2^rot_shift) - trunc(im * sin / 2^rot_shift) + s0 * 2^in_shift
;   im' = trunc(re * sin / 2^rot_shift) + trunc(im * cos / 2^rot_shift) + s1 * 2^in_shift
;   spike iff im < 0 and im' >= 0 and re' > threshold; payload re' * 2^out_shift (floor)
;
; cos and sin are those of the angle of one step, times the decay, times 2^rot_shift. Sums saturate at 24 bit.
.program resonate_and_fire
.spike graded24
.state re im
.param neuron cos
.param neuron sin
.param shared rot_shift = 15
.param shared threshold
.param shared in_shift = 0
.param shared out_shift = 0

        MOV     r0, re
        MOV     r1, im
        MUL_SHR r2, r0, cos, rot_shift
        MUL_SHR r3, r1, sin, rot_shift
        NEG     r3, r3
        RDC     r4, s0
        SHL     r4, r4, in_shift
        ADDS    r2, r2, r3, r4      ; re'
        MUL_SHR r3, r0, sin, rot_shift
        MUL_SHR r5, r1, cos, rot_shift
        RDC     r4, s1
        SHL     r4, r4, in_shift
        ADDS    r3, r3, r5, r4      ; im'
        RMW     _, re, r2
        RMW     _, im, r3
        LT      r1, 0
        JMP_NC  done
        GE      r3, 0
        JMP_NC  done
        LT      threshold, r2
        JMP_NC  done
        SHL     r2, r2, out_shift
        SPIKE   r2
done:   END
