; Resonate-and-fire after Izhikevich, as Lava's fixed-point neuron of that kind has it.
;
;   re' = trunc(re * cos / 4096) - trunc(im * sin / 4096) + s0 * 64
;   im' = trunc(re * sin / 4096) + trunc(im * cos / 4096) + s0 * 64
;   spike iff im' >= threshold; then re' = 0, im' = back
;
; back is one below the threshold. Sums saturate at 24 bit.
.program resonator
.spike binary
.state re im
.param shared cos
.param shared sin
.param shared threshold
.param shared back

        MOV     r0, re
        MOV     r1, im
        RDC     r4, s0
        SHL     r4, r4, 6
        MUL_SHR r2, r0, cos, 12
        MUL_SHR r3, r1, sin, 12
        NEG     r3, r3
        ADDS    r2, r2, r3, r4      ; re'
        MUL_SHR r3, r0, sin, 12
        MUL_SHR r5, r1, cos, 12
        ADDS    r3, r3, r5, r4      ; im'
        GE      r3, threshold
        SEL     r2, 0, r2
        SEL     r3, back, r3
        RMW     _, re, r2
        RMW     _, im, r3
        JMP_NC  done
        SPIKE
done:   END
