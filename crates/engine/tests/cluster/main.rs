//! Hosts in one process, with disks that fail and connections that break.
mod announced;
mod connection_cuts;
mod cut;
mod disk_faults;
mod hooked;
mod lab;
mod model;
mod mortal;
mod operands;
mod power_loss;
mod random_faults;
mod scene;
mod unreadable;
