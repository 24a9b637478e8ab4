; Neuron of the SRNN line in units of its own: an exponent for each port, adaptation in units of u, may begin late.
;
;   if s < 0:  s' = s + 1, and nothing else (a layer of a pipeline waits for its first input)
;   a' = trunc(a * keep_a / 2^decay_shift) + (jump if it spiked in the step before, else 0)
;   B  = threshold + a'
;   i  = s0 * 2^in_shift + s1 * 2^own_shift
;   u' = trunc(u * keep_u / 2^decay_shift) + i + bias - (B if it spiked in the step before, else 0)
;   spike iff u' > B;  s' = 1 if it spikes, else 0
;
; Float: b <- rho b + (1 - rho) s, B = base + beta b, u <- alpha u + (1 - alpha) I - B s, s = u > B, with
; u in integers of 1 / S: keep_u = alpha 2^decay_shift, keep_a = rho 2^decay_shift, threshold = base S,
; jump = (1 - rho) beta S, bias = (1 - alpha) bias S, a = beta b S; weights carry (1 - alpha) S, where S
; is the neuron's own. Port 0 is the layer before, port 1 its own layer. Every sum saturates at 24 bit,
; in this order. -s at the start is the number of steps that it waits.
.program srnn_scaled
.spike binary
.state u a s
.param neuron keep_u
.param neuron keep_a
.param neuron threshold
.param neuron jump = 0
.param neuron bias = 0
.param neuron in_shift = 0
.param shared own_shift = 0
.param shared decay_shift = 16

        MOV     r0, s
        LT      r0, 0
        JMP_NC  go
        ADD     r0, r0, 1
        RMW     _, s, r0
        END
go:     EQ      r0, 0
        MOV     r1, a
        MUL_SHR r1, r1, keep_a, decay_shift
        SEL     r2, 0, jump
        ADDS    r1, r1, r2
        RMW     _, a, r1
        ADDS    r3, r1, threshold   ; B
        NEG     r4, r3
        SEL     r4, 0, r4
        RDC     r5, s0
        SHL     r5, r5, in_shift
        RDC     r6, s1
        SHL     r6, r6, own_shift
        ADDS    r5, r5, r6          ; i
        MOV     r7, u
        MUL_SHR r7, r7, keep_u, decay_shift
        ADDS    r7, r7, r5
        ADDS    r7, r7, bias
        ADDS    r7, r7, r4
        RMW     _, u, r7
        LT      r3, r7
        SEL     r0, 1, 0
        RMW     _, s, r0
        SKP_NC  1
        SPIKE
