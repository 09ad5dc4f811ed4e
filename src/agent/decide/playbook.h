// SPDX-License-Identifier: GPL-3.0-or-later
// playbook.h - what policies share: arms relative to the suspect, and the memory of an incident.
//
// An arm is an action relative to the first suspect ("restart it"), so that what is learnt about
// one service carries over to others and to other systems. The memory is a plain value that a
// policy keeps in its state; it is cleared when an incident ends.
#ifndef TEND_AGENT_DECIDE_PLAYBOOK_H
#define TEND_AGENT_DECIDE_PLAYBOOK_H

#include <tend/plugin.h>

// ARM_WAIT, ARM_RESTART, ...: one for each kind of action that has an arm in words.h
typedef enum playbook_arm {
#define PLAYBOOK_ARM(e, name) ARM_##e,
#define PLAYBOOK_NO_ARM
#define PLAYBOOK_ENUM(e, name, target, disruptive, undo, replicas, need, price, arm, help)         \
    PLAYBOOK_##arm
    TEND_ACTION_TABLE(PLAYBOOK_ENUM) ARMS
} playbook_arm;

const char *playbook_arm_name(int arm); // "" when there is none

// Where an arm stands in a family's playbook: 0 first, -1 not at all.
int playbook_rank(tend_family family, int arm);

// The action an arm stands for given a suspect, or -1 where it makes no sense. clear_cache falls
// to the suspect if it is a cache, else to a cache it calls; reroute to the suspected edge, else
// to the first edge into the suspect.
int playbook_action(const tend_system *system, const tend_suspect *suspect, int arm);

typedef struct playbook_memory {
    int64_t troubled; // ticks in a row with an alarm or a breach
    int64_t held;     // no decision before this tick
    int64_t limited;  // a limit of ours is in force
    int64_t calm;     // ticks in a row the entry looked well under the limit
    int32_t last_arm; // of this incident, ARM_WAIT before the first action
    uint32_t tried;   // bit per arm, on the service `service`
    int32_t service, actions;
} playbook_memory;

void playbook_forget(playbook_memory *m);

// state_size, init and reset of a policy whose state is this memory and nothing else.
size_t playbook_state_size(const tend_system *system, const void *params);
void playbook_reset(const tend_node *me, uint64_t seed);

// What a policy may act upon now; service < 0: nothing.
typedef struct playbook_view {
    tend_suspect suspect;
    int action[ARMS];   // -1 where the arm makes no sense
    bool allowed[ARMS]; // by the guard; ARM_WAIT always
    bool due;           // a decision is due: trouble, a suspect, patience over, something allowed
    int lift;           // the lift action when the limit should go now, else -1
} playbook_view;

typedef struct playbook_scene { // what a policy was given in this tick, and how it takes it
    const tend_view *view;
    int patience;   // ticks of trouble before the first decision
    int lift_after; // ticks the entry must look well before a limit goes
} playbook_scene;

// Follows the incident by one tick and looks at what can be done.
void playbook_look(playbook_memory *m, const tend_system *system, const playbook_scene *scene,
                   playbook_view *out);

// The same, and does what needs no choice: lifts a limit of ours that is due. True when there is a
// choice to make.
bool playbook_turn(playbook_memory *m, const tend_system *system, const playbook_scene *scene,
                   playbook_view *view, tend_decision *out);

// Notes the arm decided on (ARM_WAIT too); no decision for `hold` further ticks.
void playbook_note(playbook_memory *m, const playbook_view *view, int arm, int64_t tick, int hold);

#endif
