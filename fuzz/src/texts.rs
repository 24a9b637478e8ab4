//! Texts: programs of neurons, rules, profiles, and the short words of options.

use seamount_microcode::{Includes, Instruction, assemble, assemble_text, from_json, to_json};
use seamount_network::text::decode;
use seamount_session::eval::SampleEncoder;
use seamount_session::set_chosen;
use seamount_session::{NeuronName, ProbeText, program_data, program_listing, program_summary};
use seamount_spec::{EventCounts, Profile};

/// Text as a neuron program: what assembles survives its JSON form and its words.
pub fn asm(data: &[u8]) {
    let Ok(text) = decode(data) else { return };
    match assemble_text(text) {
        Err(error) => assert!(!error.to_string().is_empty(), "refused without a reason"),
        Ok(assembled) => {
            let _ = program_listing(&assembled);
            survives(&assembled.verified);
        }
    }
}

fn survives(verified: &seamount_microcode::VerifiedProgram) {
    let again = from_json(&to_json(verified)).expect("its own form");
    assert!(
        again.program() == verified.program(),
        "a program does not survive its form"
    );
    let _ = (program_summary(verified), program_data(verified));
    let words = verified
        .program()
        .words()
        .expect("a verified program has words");
    for (word, instruction) in words.iter().zip(&verified.program().instructions) {
        let decoded = Instruction::decode(*word).expect("a word of ours");
        assert!(
            decoded == *instruction,
            "an instruction does not survive its word"
        );
    }
}

/// The parts of a text as files that include each other.
struct Parts<'a>(Vec<&'a str>);

impl Includes for Parts<'_> {
    fn text(&self, name: &str) -> Result<String, String> {
        let number = name.trim_end_matches(".asm").parse::<usize>().ok();
        let part = number.and_then(|number| self.0.get(number));
        part.map(ToString::to_string)
            .ok_or_else(|| "is not there".into())
    }
}

/// Text cut at lines of `%`: the first part is a program, the others are what it may include.
pub fn include(data: &[u8]) {
    let Ok(text) = decode(data) else { return };
    let parts = Parts(text.split("\n%\n").collect());
    if let Ok(assembled) = assemble("0.asm", parts.0[0], &parts) {
        survives(&assembled.verified);
    }
}

/// Text as a program in JSON.
pub fn program(data: &[u8]) {
    let Ok(text) = decode(data) else { return };
    match from_json(text) {
        Err(findings) => assert!(!findings.is_empty(), "refused without a reason"),
        Ok(verified) => survives(&verified),
    }
}

/// Text as a sum of a learning rule: printed, it is read as the same.
pub fn rule(data: &[u8]) {
    let Ok(text) = decode(data) else { return };
    match seamount_rules::parse(text) {
        Err(errors) => assert!(!errors.is_empty(), "refused without a reason"),
        Ok(rule) => {
            let decimation = rule.decimation.map_or(0, |(k, _)| k);
            let printed = seamount_rules::disassemble(&rule.products, decimation);
            let again = seamount_rules::parse(&printed);
            let again = again.unwrap_or_else(|errors| panic!("'{printed}': {errors:?}"));
            assert!(
                again.products == rule.products,
                "'{text}' is printed as '{printed}'"
            );
        }
    }
}

/// Text as a profile of prices: what is read prices everything.
pub fn profile(data: &[u8]) {
    let Ok(text) = decode(data) else { return };
    if let Ok(mut profile) = Profile::from_toml(text) {
        let _ = profile.price(&EventCounts::default());
        let numbers = [("spikes".to_string(), 7), ("no such event".to_string(), 1)];
        let _ = set_chosen(std::slice::from_mut(&mut profile), &numbers);
        for event in EventCounts::NAMES {
            let _ = profile.latency_ps(event);
        }
    }
}

/// Text as the words that options take: probes, neurons, encoders.
pub fn words(data: &[u8]) {
    let Ok(text) = decode(data) else { return };
    let _ = ProbeText::parse(text);
    let _ = text.parse::<NeuronName>();
    if let Ok(encoder) = SampleEncoder::parse(text) {
        let again = SampleEncoder::parse(&encoder.to_string());
        assert!(
            again.as_ref() == Ok(&encoder),
            "'{text}' is printed as '{encoder}'"
        );
    }
}
