//! Components that make boxes while they run.

use axon_core::{KnowsBoxes, ResourceError, Resources};

/// A component's boxes, by name.
struct Boxes;

impl KnowsBoxes for Boxes {
    fn has_inbox(&self, name: &str) -> bool {
        ["from 1", "from 2"].contains(&name)
    }

    fn has_outbox(&self, name: &str) -> bool {
        ["to 1", "to 2"].contains(&name)
    }
}

#[test]
fn c49_a_resource_is_tracked_by_boxes_that_exist_and_found_by_itself_and_by_inbox() {
    let mut resources = Resources::new();
    resources.track(&Boxes, 1, ["from 1"], ["to 1"], "one").unwrap();
    let no_inbox = Err(ResourceError::NoInbox { name: "from 3".into() });
    assert_eq!(resources.track(&Boxes, 3, ["from 3"], ["to 1"], "three"), no_inbox);
    let no_outbox = Err(ResourceError::NoOutbox { name: "to 3".into() });
    assert_eq!(resources.track(&Boxes, 3, ["from 2"], ["to 3"], "three"), no_outbox);
    assert_eq!(resources.by_inbox("from 1"), Some(&1));
    assert_eq!(resources.of(&1).unwrap().info, "one");
    assert_eq!(resources.of(&3), None);
    assert_eq!(resources.by_inbox("from 2"), None);
    assert_eq!(resources.forget(&1).unwrap().outboxes, ["to 1"]);
    assert_eq!(resources.by_inbox("from 1"), None);
}
