; Fragment: the synaptic current, all synapses of a neuron times a factor of its own.
;
;   u <- wrap24(trunc(u * keep_u / 4096) + wrap24(trunc(s0 * scale / 2^scale_shift)))
;
; As the fragment current with scale = 64 and scale_shift = 0, but for sums beyond 16 bit. Leaves u in
; r0. Uses r0, r1. The factor is 3 bytes of the neuron's memory, whatever the number of its synapses.
.state u
.param shared keep_u = 0
.param neuron scale
.param shared scale_shift = 0

        RDC     r1, s0
        MUL_SHR r1, r1, scale, scale_shift
        MOV     r0, u
        MUL_SHR r0, r0, keep_u, 12
        ADD     r0, r0, r1
        RMW     _, u, r0
