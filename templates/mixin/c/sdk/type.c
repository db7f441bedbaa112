// The bindings ask for an object that says which interface they are of. `porter mixins pack` says
// that instead, so there is nothing here.
void __component_type_object_force_link_mixin(void) {}
